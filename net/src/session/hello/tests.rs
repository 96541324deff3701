//! The handshake alone, without links.
