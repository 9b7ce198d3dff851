//! The Highwater server.
//!
//! | module | what it is for | may import |
//! |---|---|---|
//! | [`model`] | nouns, ids, instants; no I/O | nothing of ours |
//! | [`history`] | codecs of the history records and what they add up to; pure | model |
//! | [`store`] | every SQL statement, on both databases | model, history |
//! | [`findings`] | rules about how a host is set up; pure | model |
//! | [`alerts`] | when incidents open and close; pure | model |
//! | [`delivery`] | the only outgoing HTTP, mail and syslog: judged, signed, sent once | model |
//! | [`identity`] | who people are by word of their company's directory: OpenID Connect, LDAP | model, delivery, secret, clock |
//! | [`sealed`] | secrets that the database keeps sealed | secret, stamp |
//! | [`tls`] | the server's certificate, and its own authority | config, model, stamp |
//! | [`health`] | whether certificate and disk are good | config, model, locale, tls |
//! | [`ingest`] | a batch's way from bytes into the store | wire, model, history, store |
//! | [`tasks`] | what runs by the clock, or is told to | model, store, history, findings, alerts, delivery, sealed |
//! | [`locale`] | languages, and how numbers and instants are written; pure | model |
//! | [`chart`] | SVG geometry, pure | model, locale |
//! | [`web`] | every URL: pages and API | model, store, ingest, chart, locale, findings, alerts, sealed, identity |
//! | [`config`], [`clock`], [`secret`] | the only reader of files and environment; the only caller of now(); the only maker of secrets | nothing of ours |
//! | [`stamp`] | whether a file was replaced | nothing of ours |
//! | [`app`] | opens, binds, runs, stops in order | everything |
//! | [`demo`] | the real app plus a simulated fleet | app and the agent library |
//! | [`cli`] | the command line | app, demo, store |

#![recursion_limit = "256"]

pub mod alerts;
pub mod app;
pub mod chart;
pub mod cli;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod demo;
pub mod findings;
pub mod health;
pub mod history;
pub mod identity;
pub mod ingest;
pub mod locale;
pub mod model;
pub mod sealed;
pub mod secret;
pub mod stamp;
pub mod store;
pub mod tasks;
pub mod tls;
pub mod web;
