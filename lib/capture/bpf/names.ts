/** Names of ports that every system knows (services(5)), and over what they run. */
export const PORTS: ReadonlyMap<string, string[]> = new Map(
  Object.entries({
    ftp: 'tcp',
    ssh: 'tcp',
    telnet: 'tcp',
    smtp: 'tcp',
    domain: 'tcp udp',
    bootps: 'udp',
    bootpc: 'udp',
    tftp: 'udp',
    http: 'tcp',
    kerberos: 'tcp udp',
    pop3: 'tcp',
    sunrpc: 'tcp udp',
    ntp: 'udp',
    imap2: 'tcp',
    snmp: 'tcp udp',
    bgp: 'tcp',
    ldap: 'tcp udp',
    https: 'tcp udp',
    syslog: 'udp',
    ldaps: 'tcp udp',
    imaps: 'tcp',
    pop3s: 'tcp',
    mysql: 'tcp',
    postgresql: 'tcp',
  }).map(([name, carriers]) => [name, carriers.split(' ')]),
);

/** Names of IP protocols that every system knows (protocols(5)). */
export const PROTOCOL_NUMBERS: ReadonlySet<string> = new Set(
  'ip icmp igmp ipencap tcp egp igp udp ipv6 gre esp ah ipv6-icmp ospf ipip pim vrrp l2tp sctp'.split(' '),
);
