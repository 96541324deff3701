//! Links people send each other: where the rendezvous is, and the room's secret in the fragment.
//!
//! `http(s)://host:port/#SECRET` opens in a browser; `holm://host:port/#SECRET` (`holms://` over TLS)
//! opens the client. The fragment never reaches a server. The room's name at the rendezvous is a hash
//! of the secret, so a rendezvous that knows every room name still opens none of them.

/// 16 random bytes; whoever has them may enter.
#[derive(Clone, PartialEq, Eq)]
pub struct RoomSecret(pub [u8; 16]);

impl core::fmt::Debug for RoomSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RoomSecret(…)") // never in a log
    }
}

/// A parsed link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// `host:port`, an IPv6 host in brackets.
    pub authority: String,
    pub tls: bool,
    pub secret: RoomSecret,
}
