//! One file per address and verb of `openapi/openapi.json`; `specification.rs` holds the list against it.

#[path = "session/delete.rs"]
mod delete_session;
#[path = "channels/get.rs"]
mod get_channels;
#[path = "complaints/get.rs"]
mod get_complaints;
#[path = "complaints/number/get.rs"]
mod get_complaints_number;
#[path = "deliveries/get.rs"]
mod get_deliveries;
#[path = "devices/get.rs"]
mod get_devices;
#[path = "enrolments/get.rs"]
mod get_enrolments;
#[path = "enrolments/dev/get.rs"]
mod get_enrolments_dev;
#[path = "escalations/get.rs"]
mod get_escalations;
#[path = "figures/presence/get.rs"]
mod get_figures_presence;
#[path = "figures/presence/check_ins/get.rs"]
mod get_figures_presence_check_ins;
#[path = "integrations/get.rs"]
mod get_integrations;
#[path = "integrations/held/get.rs"]
mod get_integrations_held;
#[path = "integrations/tickets/external_id/get.rs"]
mod get_integrations_tickets_external_id;
#[path = "kiosks/get.rs"]
mod get_kiosks;
#[path = "kit/get.rs"]
mod get_kit;
#[path = "label_runs/get.rs"]
mod get_label_runs;
#[path = "log/get.rs"]
mod get_log;
#[path = "log/watch/get.rs"]
mod get_log_watch;
#[path = "people/get.rs"]
mod get_people;
#[path = "reviews/get.rs"]
mod get_reviews;
#[path = "reviews/id/get.rs"]
mod get_reviews_id;
#[path = "rosters/get.rs"]
mod get_rosters;
#[path = "session/get.rs"]
mod get_session;
#[path = "sync/changes/get.rs"]
mod get_sync_changes;
#[path = "sync/quarantine/get.rs"]
mod get_sync_quarantine;
#[path = "sync/stream/get.rs"]
mod get_sync_stream;
#[path = "tags/get.rs"]
mod get_tags;
#[path = "terminals/get.rs"]
mod get_terminals;
#[path = "terminals/terminal/duty/get.rs"]
mod get_terminals_terminal_duty;
#[path = "work_orders/get.rs"]
mod get_work_orders;
#[path = "work_orders/id/get.rs"]
mod get_work_orders_id;
#[path = "work_orders/id/bundle/get.rs"]
mod get_work_orders_id_bundle;
#[path = "work_orders/id/evidence/get.rs"]
mod get_work_orders_id_evidence;
#[path = "work_orders/id/photos/sha256/get.rs"]
mod get_work_orders_id_photos_sha256;
#[path = "work_orders/id/photos/sha256/marked/get.rs"]
mod get_work_orders_id_photos_sha256_marked;
#[path = "work_orders/id/photos/sha256/thumbnail/get.rs"]
mod get_work_orders_id_photos_sha256_thumbnail;
#[path = "work_orders/id/place/get.rs"]
mod get_work_orders_id_place;
#[path = "work_orders/id/report.pdf/get.rs"]
mod get_work_orders_id_report_pdf;
#[path = "work_orders/id/service_sheet.pdf/get.rs"]
mod get_work_orders_id_service_sheet_pdf;
#[path = "evidence/sha256/head.rs"]
mod head_evidence_sha256;
#[path = "evidence/sha256/patch.rs"]
mod patch_evidence_sha256;
#[path = "channels/post.rs"]
mod post_channels;
#[path = "channels/id/secret/post.rs"]
mod post_channels_id_secret;
#[path = "channels/id/test/post.rs"]
mod post_channels_id_test;
#[path = "complaints/post.rs"]
mod post_complaints;
#[path = "complaints/number/answers/post.rs"]
mod post_complaints_number_answers;
#[path = "deliveries/id/again/post.rs"]
mod post_deliveries_id_again;
#[path = "devices/post.rs"]
mod post_devices;
#[path = "devices/challenge/post.rs"]
mod post_devices_challenge;
#[path = "devices/dev/revocation/post.rs"]
mod post_devices_dev_revocation;
#[path = "enrolments/dev/approval/post.rs"]
mod post_enrolments_dev_approval;
#[path = "enrolments/dev/refusal/post.rs"]
mod post_enrolments_dev_refusal;
#[path = "integrations/post.rs"]
mod post_integrations;
#[path = "integrations/alarms/post.rs"]
mod post_integrations_alarms;
#[path = "integrations/held/id/settlement/post.rs"]
mod post_integrations_held_id_settlement;
#[path = "integrations/id/revocation/post.rs"]
mod post_integrations_id_revocation;
#[path = "integrations/tickets/post.rs"]
mod post_integrations_tickets;
#[path = "kiosks/post.rs"]
mod post_kiosks;
#[path = "kiosks/terminal/code/post.rs"]
mod post_kiosks_terminal_code;
#[path = "kiosks/terminal/revocation/post.rs"]
mod post_kiosks_terminal_revocation;
#[path = "label_runs/post.rs"]
mod post_label_runs;
#[path = "label_runs/no/revocation/post.rs"]
mod post_label_runs_no_revocation;
#[path = "relay_codes/post.rs"]
mod post_relay_codes;
#[path = "reports/post.rs"]
mod post_reports;
#[path = "reviews/id/decision/post.rs"]
mod post_reviews_id_decision;
#[path = "session/post.rs"]
mod post_session;
#[path = "sync/events/post.rs"]
mod post_sync_events;
#[path = "sync/head/post.rs"]
mod post_sync_head;
#[path = "tags/post.rs"]
mod post_tags;
#[path = "tags/tag/revocation/post.rs"]
mod post_tags_tag_revocation;
#[path = "terminals/terminal/manager_code/post.rs"]
mod post_terminals_terminal_manager_code;
#[path = "work_orders/id/holds/post.rs"]
mod post_work_order_holds;
#[path = "work_orders/id/holds/release/post.rs"]
mod post_work_order_holds_release;
#[path = "work_orders/id/assignment/post.rs"]
mod post_work_orders_id_assignment;
#[path = "work_orders/id/erasures/post.rs"]
mod post_work_orders_id_erasures;
#[path = "work_orders/id/joins/post.rs"]
mod post_work_orders_id_joins;
#[path = "work_orders/id/response/post.rs"]
mod post_work_orders_id_response;
#[path = "work_orders/id/takeover/post.rs"]
mod post_work_orders_id_takeover;
#[path = "channels/id/put.rs"]
mod put_channels_id;
#[path = "evidence/sha256/put.rs"]
mod put_evidence_sha256;
#[path = "rosters/place/subject/put.rs"]
mod put_rosters_place_subject;

// Outside the specification: pages and health, which need no account.
#[path = "public/labels.rs"]
mod get_labels;
#[path = "work_orders/id/evaluation_links/post.rs"]
mod post_work_orders_id_evaluation_links;
#[path = "work_orders/id/evaluation_links/link/revocation/post.rs"]
mod post_work_orders_id_evaluation_links_link_revocation;
#[path = "work_orders/id/filings/post.rs"]
mod post_work_orders_id_filings;
#[path = "work_orders/id/filings/event/answer/post.rs"]
mod post_work_orders_id_filings_event_answer;
#[path = "public/evaluation.rs"]
mod public_evaluation;
#[path = "public/relay.rs"]
mod public_relay;
#[path = "public/slip.rs"]
mod public_slip;
#[path = "public/standard.rs"]
mod public_standard;
#[path = "public/terminal.rs"]
mod public_terminal;
