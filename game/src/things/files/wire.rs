//! Files of things on the wire: who brings one in, who wants to see one. The bytes go over the bulk channel.

use holm_document::part::Blob;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    /// I would put this file into the world; it can be fetched from me.
    Bring(Blob),
    /// I have thought better of it.
    Keep { hash: [u8; 32] },
    /// I would show this file.
    Want { hash: [u8; 32] },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    /// To whoever brings it: so much of it is here.
    Coming { hash: [u8; 32], bytes: u64 },
    /// To whoever brings it: it is on the host's disk, and things may show it.
    Held { hash: [u8; 32] },
    /// To whoever brings it: it is not, for this reason.
    NotHeld { hash: [u8; 32], why: WhyNoFile },
    /// To whoever wants it: it can be fetched here now.
    Ready { hash: [u8; 32] },
    /// To whoever wants it: it cannot be had.
    NotHere { hash: [u8; 32] },
}

/// Why the host does not take a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum WhyNoFile {
    NotAllowed,
    TooLarge,
    /// It is of no kind that things show.
    Unknown,
    /// More bytes than this person may have here.
    Quota,
    /// The world has as many files as it may, or as its host has room for.
    Full,
    /// Too many at once.
    TooMany,
    /// The host asked for it and did not get it.
    NotReceived,
    /// The host's disk says no.
    NotKept,
}
