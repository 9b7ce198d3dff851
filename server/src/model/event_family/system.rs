//! The SMB 2 and 3 server, the restarts of its service, and the event log itself.

use super::{Known, known};
use crate::model::event::EventClass::{Availability, Configuration, Network, Symptom};

pub(super) const SMB_SERVER: &[Known] = &[
    known(
        551,
        Symptom,
        "A client failed to sign in",
        "Most often an old password in a service, a scanner or a mapped drive.",
        "Find the program on the client that uses the account. Many different accounts from one client are an attack.",
    ),
    known(
        1001,
        Configuration,
        "A client that speaks only SMB1 was refused",
        "The server has SMB1 switched off, as it should.",
        "Update or replace the device; do not switch SMB1 on again.",
    ),
    known(
        1006,
        Symptom,
        "A share denied access",
        "The client signed in, but may not use the share.",
        "Compare share and folder permissions with the account.",
    ),
    known(
        1009,
        Symptom,
        "Anonymous access was denied",
        "A client asked for a share without an account.",
        "Nothing to do, unless an old device needs an account of its own.",
    ),
    known(
        1016,
        Network,
        "A client could not take its open file back",
        "After a break in the network the client came too late or not as itself. The program on it sees an error.",
        "Compare with network and sleep times of the client.",
    ),
    known(
        1017,
        Network,
        "A file of a client that did not come back was closed",
        "The server kept the file open for the client after a break, and gave it up in the end. The file is free for others again.",
        "Nothing to do; many at once point to a break in the network.",
    ),
    known(
        1020,
        Symptom,
        "The file system took more than 15 seconds",
        "The server waited for its own disk. Sessions pile up while it does; the record names client and share.",
        "Look at the storage below the share in this minute, and for backup or antivirus runs.",
    ),
    known(
        1023,
        Configuration,
        "Folders are hidden by access-based enumeration at an unusual depth",
        "A setting of the server that costs time in large folders.",
        "Compare with the settings on the host's page.",
    ),
    known(
        1024,
        Configuration,
        "SMB 2 and 3 are switched off",
        "All clients are pushed to SMB1 or shut out.",
        "Switch SMB 2 on again.",
    ),
    known(
        1025,
        Configuration,
        "Named pipes or shares are open to anonymous clients",
        "Anonymous sessions are possible, and count.",
        "Empty the lists of pipes and shares for null sessions, unless a program needs them.",
    ),
    known(
        1026,
        Configuration,
        "Leases are switched off",
        "Clients no longer keep what they read: they open files again more often, and send more requests.",
        "Switch leases on again, unless a program's vendor forbids it.",
    ),
    known(
        1031,
        Symptom,
        "The SMB server wrote a dump of itself",
        "A request hung so long that the server recorded its state.",
        "Look at storage and filter drivers in this minute; give the dump to support.",
    ),
    known(
        1032,
        Symptom,
        "The SMB server could not write a dump of itself",
        "A request hung so long that the server wanted to record its state, and could not.",
        "Look at storage and filter drivers in this minute.",
    ),
    known(
        3000,
        Configuration,
        "A client used SMB1",
        "SMB1 is still switched on, and somebody uses it. The record names the client.",
        "Update or replace the device, then switch SMB1 off.",
    ),
];

pub(super) const SERVICE_CONTROL: &[Known] = &[
    known(
        7031,
        Availability,
        "A service ended unexpectedly and is started again",
        "If it was the Server service, all sessions were dropped at this moment.",
        "See which service it names, and what the application log says of it.",
    ),
    known(
        7034,
        Availability,
        "A service ended unexpectedly",
        "If it was the Server service, all sessions were dropped at this moment.",
        "See which service it names, and start it again.",
    ),
    known(
        7036,
        Availability,
        "A service started or stopped",
        "If it was the Server service, all sessions were dropped or could come again.",
        "See which service it names.",
    ),
];

pub(super) const EVENT_LOG: &[Known] = &[
    known(
        104,
        Availability,
        "An event log was cleared",
        "What it held before is gone, unless it had been pushed here already.",
        "Find out who cleared it, if that was not you.",
    ),
    known(
        6005,
        Availability,
        "The host started",
        "The event log began: sessions start from none.",
        "Nothing to do, if the restart was planned.",
    ),
    known(
        6006,
        Availability,
        "The host was shut down cleanly",
        "The event log ended: all sessions ended with it.",
        "Nothing to do, if it was planned.",
    ),
    known(
        6008,
        Availability,
        "The host had gone down without a shutdown",
        "Power, hardware or a crash ended all sessions; the record names the time.",
        "Look at the hardware log and for a memory dump.",
    ),
];
