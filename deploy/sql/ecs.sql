-- Flows, DNS, TLS and HTTP under the names of the Elastic Common Schema 8. Runs on DuckDB and Trino.

create view ecs_flow as
select
  ts as "@timestamp",
  'flow' as "event.dataset",
  'network' as "event.category",
  cast(duration * 1000000000 as bigint) as "event.duration", -- nanoseconds
  uid as "event.id",
  id_orig_h as "source.ip",
  id_orig_p as "source.port",
  orig_l2_bytes as "source.bytes",
  orig_pkts as "source.packets",
  id_resp_h as "destination.ip",
  id_resp_p as "destination.port",
  resp_l2_bytes as "destination.bytes",
  resp_pkts as "destination.packets",
  translated_h as "destination.nat.ip",
  translated_p as "destination.nat.port",
  community_id as "network.community_id",
  proto as "network.transport",
  cast(ip_proto as varchar) as "network.iana_number",
  service as "network.protocol",
  orig_l2_bytes + resp_l2_bytes as "network.bytes",
  orig_pkts + resp_pkts as "network.packets",
  cast(vlan as varchar) as "network.vlan.id",
  cluster as "orchestrator.cluster.name",
  orig_namespace as "source.orchestrator.namespace",
  orig_pod_name as "source.orchestrator.resource.name",
  resp_namespace as "destination.orchestrator.namespace",
  resp_pod_name as "destination.orchestrator.resource.name",
  resp_service as "destination.service.name"
from conn;

create view ecs_dns as
select
  ts as "@timestamp",
  'dns' as "event.dataset",
  cast(rtt * 1000000000 as bigint) as "event.duration",
  cast(trans_id as varchar) as "dns.id",
  query as "dns.question.name",
  qtype_name as "dns.question.type",
  rcode_name as "dns.response_code",
  answers as "dns.answers.data",
  id_orig_h as "source.ip",
  id_orig_p as "source.port",
  id_resp_h as "destination.ip",
  id_resp_p as "destination.port",
  cluster as "orchestrator.cluster.name"
from dns;

create view ecs_tls as
select
  ts as "@timestamp",
  'tls' as "event.dataset",
  server_name as "tls.client.server_name",
  ja4 as "tls.client.ja4",
  version as "tls.version",
  cipher as "tls.cipher",
  curve as "tls.curve",
  next_protocol as "tls.next_protocol",
  established as "tls.established",
  resumed as "tls.resumed",
  id_orig_h as "source.ip",
  id_orig_p as "source.port",
  id_resp_h as "destination.ip",
  id_resp_p as "destination.port",
  cluster as "orchestrator.cluster.name"
from ssl;

create view ecs_http as
select
  ts as "@timestamp",
  'http' as "event.dataset",
  cast(latency * 1000000000 as bigint) as "event.duration",
  method as "http.request.method",
  version as "http.version",
  host as "url.domain",
  uri as "url.original",
  user_agent as "user_agent.original",
  status_code as "http.response.status_code",
  request_body_len as "http.request.body.bytes",
  response_body_len as "http.response.body.bytes",
  id_orig_h as "source.ip",
  id_orig_p as "source.port",
  id_resp_h as "destination.ip",
  id_resp_p as "destination.port",
  cluster as "orchestrator.cluster.name"
from http;
