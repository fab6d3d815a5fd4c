/** What a row shows at first glance, as bits: a rule names those that it wants, and sees no other rows. */

// of connections; all but ICMP only of TCP
export const REFUSED = 1; // REJ
export const UNANSWERED = 2; // S0
export const RESET = 4; // RSTR, RSTO
export const SENT_AGAIN = 8; // retransmissions
export const WINDOW_CLOSED = 16;
export const ONE_WAY = 32; // one side sent nothing
export const BUSY = 64; // the path has had many connections
export const ICMP = 128; // or ICMPv6
export const TCP = 256;
export const SENT_OFTEN = 512; // as SENT_AGAIN, at least so many by one side:
export const OFTEN = 3;

// of DNS transactions, multicast ones left out
export const UNANSWERED_QUERY = 1;
export const FAILED_QUERY = 2; // neither NOERROR nor NXDOMAIN
export const NO_SUCH_NAME = 4;
export const SLOW_ANSWER = 8;

// of TLS handshakes
export const FAILED_HANDSHAKE = 1; // a fatal alert before it was established

// of HTTP requests
export const SERVER_ERROR = 1; // status 500 to 599
export const FAILED_CALL = 2; // gRPC
