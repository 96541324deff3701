//! Certificate and key from PEM files.
//!
//! Invariant: what is wrong with them is found before the port is taken, and named.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{BindError, TlsFiles};

pub(crate) fn load(files: &TlsFiles) -> Result<Arc<ServerConfig>, BindError> {
    let certificates = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(&files.certificate, "certificate", error))?;
    if certificates.is_empty() {
        return Err(BindError::PemWithout {
            path: files.certificate.clone(),
            what: "certificate",
        });
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| unusable(&files.key, "private key", error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(BindError::BadCertificate)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn unusable(path: &Path, what: &'static str, error: pem::Error) -> BindError {
    let path = path.to_owned();
    match error {
        pem::Error::Io(source) => BindError::PemUnreadable { path, source },
        _ => BindError::PemWithout { path, what },
    }
}
