-- Flows, DNS and HTTP as OCSF 1.x classes (schema.ocsf.io): Network Activity 4001, HTTP Activity 4002, DNS Activity 4003.
-- Columns are named by attribute path. Runs on DuckDB and Trino.

create view ocsf_network_activity as
select
  4 as category_uid,
  4001 as class_uid,
  case conn_state when 'REJ' then 5 when 'S0' then 4 when 'RSTO' then 3 when 'RSTR' then 3 when 'RSTOS0' then 3
    when 'RSTRH' then 3 when 'SF' then 2 else 6 end as activity_id, -- Refuse, Fail, Reset, Close, Traffic
  4001 * 100 + case conn_state when 'REJ' then 5 when 'S0' then 4 when 'RSTO' then 3 when 'RSTR' then 3 when 'RSTOS0' then 3
    when 'RSTRH' then 3 when 'SF' then 2 else 6 end as type_uid,
  1 as severity_id, -- Informational
  ts as "time",
  duration * 1000 as duration, -- milliseconds
  uid as "connection_info.uid",
  community_id as "connection_info.community_uid",
  proto as "connection_info.protocol_name",
  ip_proto as "connection_info.protocol_num",
  orig_tcp_flags as "connection_info.tcp_flags",
  id_orig_h as "src_endpoint.ip",
  id_orig_p as "src_endpoint.port",
  orig_pod_name as "src_endpoint.hostname",
  orig_namespace as "src_endpoint.namespace_pid",
  id_resp_h as "dst_endpoint.ip",
  id_resp_p as "dst_endpoint.port",
  resp_pod_name as "dst_endpoint.hostname",
  resp_namespace as "dst_endpoint.namespace_pid",
  resp_service as "dst_endpoint.svc_name",
  service as app_name,
  orig_l2_bytes + resp_l2_bytes as "traffic.bytes",
  orig_l2_bytes as "traffic.bytes_out",
  resp_l2_bytes as "traffic.bytes_in",
  orig_pkts + resp_pkts as "traffic.packets",
  orig_pkts as "traffic.packets_out",
  resp_pkts as "traffic.packets_in",
  '1.3.0' as "metadata.version",
  'serverless-capture' as "metadata.product.name",
  cluster as "cloud.cluster"
from conn;

create view ocsf_dns_activity as
select
  4 as category_uid,
  4003 as class_uid,
  case when rcode is null then 1 else 6 end as activity_id, -- Query, Traffic
  400300 + case when rcode is null then 1 else 6 end as type_uid,
  1 as severity_id,
  ts as "time",
  rtt * 1000 as duration,
  query as "query.hostname",
  qtype_name as "query.type",
  rcode as rcode_id,
  rcode_name as rcode,
  answers as "answers.rdata",
  id_orig_h as "src_endpoint.ip",
  id_orig_p as "src_endpoint.port",
  id_resp_h as "dst_endpoint.ip",
  id_resp_p as "dst_endpoint.port",
  uid as "connection_info.uid",
  '1.3.0' as "metadata.version",
  'serverless-capture' as "metadata.product.name",
  cluster as "cloud.cluster"
from dns;

create view ocsf_http_activity as
select
  4 as category_uid,
  4002 as class_uid,
  case method when 'CONNECT' then 1 when 'DELETE' then 2 when 'GET' then 3 when 'HEAD' then 4 when 'OPTIONS' then 5
    when 'POST' then 6 when 'PUT' then 7 when 'TRACE' then 8 when 'PATCH' then 9 else 99 end as activity_id,
  400200 + case method when 'CONNECT' then 1 when 'DELETE' then 2 when 'GET' then 3 when 'HEAD' then 4 when 'OPTIONS' then 5
    when 'POST' then 6 when 'PUT' then 7 when 'TRACE' then 8 when 'PATCH' then 9 else 99 end as type_uid,
  case when status_code >= 500 then 3 else 1 end as severity_id, -- Medium, Informational
  ts as "time",
  latency * 1000 as duration,
  method as "http_request.http_method",
  host as "http_request.url.hostname",
  uri as "http_request.url.path",
  user_agent as "http_request.user_agent",
  request_body_len as "http_request.length",
  status_code as "http_response.code",
  response_body_len as "http_response.length",
  id_orig_h as "src_endpoint.ip",
  id_orig_p as "src_endpoint.port",
  id_resp_h as "dst_endpoint.ip",
  id_resp_p as "dst_endpoint.port",
  uid as "connection_info.uid",
  '1.3.0' as "metadata.version",
  'serverless-capture' as "metadata.product.name",
  cluster as "cloud.cluster"
from http;
