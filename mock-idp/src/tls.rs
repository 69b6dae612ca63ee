//! https: the user's own certificate, or one from a local CA that is made once and kept in a directory.
//!
//! The CA is for this machine only. The clients under test trust its certificate. Its key never leaves the directory.
//! The server's certificate is new at each start, so it does not expire unnoticed.

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
    },
    server::TlsStream,
};

use crate::{
    protocol::timestamp::Timestamp,
    wire::{Transport, WireStream},
};

/// The CA's certificate, which clients must trust.
const CA_FILE: &str = "ca.pem";
/// The CA's key, which only its owner can read.
const CA_KEY_FILE: &str = "ca-key.pem";
/// The name that trust stores show.
const CA_NAME: &str = "mock-idp local CA (for tests on this machine)";
/// How long the CA lives.
const CA_DAYS: i64 = 3650;
/// How long a server's certificate lives. Browsers accept no longer lifetime.
const SERVER_DAYS: i64 = 397;

/// A certificate and its key, ready to serve with.
///
/// ```
/// use mock_idp::{Clock, Tls, TlsError};
///
/// let dir = tempfile::tempdir()?;
/// let tls = Tls::from_local_ca(dir.path(), &["idp.test".to_owned()], Clock::default().now())?;
/// let ca = dir.path().join("ca.pem");
/// assert_eq!(tls.ca(), Some(ca.as_path()));
/// assert!(tls.trust_hints().contains(&format!("curl --cacert {}", ca.display())));
///
/// // Your own certificate is in two files. Here they were swapped.
/// let key = dir.path().join("ca-key.pem");
/// let error = Tls::from_files(&key, &ca).unwrap_err();
/// assert!(matches!(&error, TlsError::Content { file, .. } if *file == key));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    ca: Option<PathBuf>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("ca", &self.ca).finish_non_exhaustive()
    }
}

/// Why https cannot be served.
///
/// ```
/// use std::path::Path;
/// use mock_idp::Tls;
///
/// let error = Tls::from_files(Path::new("nowhere.pem"), Path::new("key.pem")).unwrap_err();
/// assert_eq!(error.to_string(), "nowhere.pem: No such file or directory (os error 2)");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{}: {error}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file has the wrong contents.
    #[error("{}: {problem}", file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// One of the two files of the CA is missing.
    #[error("{} exists without {}", present.display(), missing.display())]
    HalfCa {
        /// The file that exists.
        present: PathBuf,
        /// The file that is missing.
        missing: PathBuf,
    },
    /// A certificate cannot be made.
    #[error("a certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    /// Certificate and key cannot be used.
    #[error("certificate and key cannot be used: {0}")]
    Use(#[from] tokio_rustls::rustls::Error),
}

impl TlsError {
    fn file(file: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |error| Self::File { file: file.to_owned(), error }
    }

    fn content(file: &Path, problem: impl fmt::Display) -> Self {
        Self::Content { file: file.to_owned(), problem: problem.to_string() }
    }
}

impl Tls {
    /// Makes a certificate for this machine and `hosts`, signed by the CA in `dir`. The CA is made if it does not exist.
    pub fn from_local_ca(dir: &Path, hosts: &[String], now: Timestamp) -> Result<Self, TlsError> {
        let ca = ca(dir, now)?;
        let key = KeyPair::generate()?;
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into_iter();
        let names = names.chain(hosts.iter().map(|host| host.trim_matches(['[', ']']).to_owned()));
        let mut params = CertificateParams::new(names.collect::<Vec<_>>())?;
        params.distinguished_name.push(DnType::CommonName, "mock-idp");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        lasting(&mut params, now, SERVER_DAYS);
        let certificate = params.signed_by(&key, &ca)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(Self { ca: Some(dir.join(CA_FILE)), ..Self::of(vec![certificate.der().clone()], key)? })
    }

    /// Reads a certificate chain and its key, both in PEM.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let read = |file: &Path| fs::read(file).map_err(TlsError::file(file));
        let chain = CertificateDer::pem_slice_iter(&read(certificate)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| TlsError::content(certificate, error))?;
        if chain.is_empty() {
            return Err(TlsError::content(certificate, "there is no \"BEGIN CERTIFICATE\" in it"));
        }
        let key =
            PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|error| TlsError::content(key, error))?;
        Self::of(chain, key)
    }

    fn of(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), ca: None })
    }

    /// The certificate of the local CA, for clients to trust.
    pub fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    /// How to make clients trust the local CA. Empty for the user's own certificate.
    pub fn trust_hints(&self) -> String {
        let Some(ca) = self.ca.as_deref().map(Path::display) else { return String::new() };
        format!(
            "  CA      {ca}
  curl    curl --cacert {ca} …
  Node    export NODE_EXTRA_CA_CERTS={ca}
  Python  export REQUESTS_CA_BUNDLE={ca} SSL_CERT_FILE={ca}
  Java    keytool -importcert -noprompt -alias mock-idp -file {ca} \\
            -keystore mock-idp.p12 -storetype PKCS12 -storepass changeit
          java -Djavax.net.ssl.trustStore=mock-idp.p12 -Djavax.net.ssl.trustStorePassword=changeit …
"
        )
    }

    /// What shakes hands with each client.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.clone())
    }
}

impl Transport for TlsAcceptor {
    type Stream = TlsStream<WireStream>;

    async fn secure(&self, stream: WireStream) -> io::Result<Self::Stream> {
        self.accept(stream).await
    }
}

/// The CA in `dir`, read or made.
fn ca(dir: &Path, now: Timestamp) -> Result<Issuer<'static, KeyPair>, TlsError> {
    let (certificate, key_file) = (dir.join(CA_FILE), dir.join(CA_KEY_FILE));
    match (certificate.exists(), key_file.exists()) {
        (true, true) => {
            let pem = fs::read_to_string(&key_file).map_err(TlsError::file(&key_file))?;
            let key = KeyPair::from_pem(&pem).map_err(|error| TlsError::content(&key_file, error))?;
            Ok(Issuer::new(ca_params(now), key))
        }
        (true, false) => Err(TlsError::HalfCa { present: certificate, missing: key_file }),
        (false, true) => Err(TlsError::HalfCa { present: key_file, missing: certificate }),
        (false, false) => {
            fs::create_dir_all(dir).map_err(TlsError::file(dir))?;
            let key = KeyPair::generate()?;
            let made = ca_params(now).self_signed(&key)?;
            write_private(&key_file, &key.serialize_pem()).map_err(TlsError::file(&key_file))?;
            fs::write(&certificate, made.pem()).map_err(TlsError::file(&certificate))?;
            Ok(Issuer::new(ca_params(now), key))
        }
    }
}

/// The contents of the CA's certificate. Only its name and its key affect the certificates that it signs.
fn ca_params(now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, CA_NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    lasting(&mut params, now, CA_DAYS);
    params
}

/// Sets the validity to this number of days from yesterday, for clients whose clocks are slow.
fn lasting(params: &mut CertificateParams, now: Timestamp, days: i64) {
    const DAY: i64 = 86_400;
    let at = |seconds: i64| time::OffsetDateTime::from_unix_timestamp(seconds);
    // Outside the range of the calendar, rcgen's defaults apply.
    if let (Ok(from), Ok(until)) = (at(now.unix_seconds() - DAY), at(now.unix_seconds() + (days - 1) * DAY)) {
        params.not_before = from;
        params.not_after = until;
    }
}

/// Writes a file that only its owner can read.
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(file)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_unix_seconds(1_767_323_045).unwrap()
    }

    #[test]
    fn the_ca_is_made_once_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("made/on/demand");
        let tls = Tls::from_local_ca(&dir, &[], now()).unwrap();
        let made = fs::read_to_string(tls.ca().unwrap()).unwrap();
        assert!(made.starts_with("-----BEGIN CERTIFICATE-----"), "{made}");
        Tls::from_local_ca(&dir, &["idp.test".to_owned()], now()).unwrap();
        assert_eq!(fs::read_to_string(dir.join(CA_FILE)).unwrap(), made);
    }

    #[test]
    #[cfg(unix)]
    fn only_its_owner_can_read_the_key_of_the_ca() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        Tls::from_local_ca(dir.path(), &[], now()).unwrap();
        let mode = fs::metadata(dir.path().join(CA_KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn half_a_ca_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        Tls::from_local_ca(dir.path(), &[], now()).unwrap();
        fs::remove_file(dir.path().join(CA_KEY_FILE)).unwrap();
        let error = Tls::from_local_ca(dir.path(), &[], now()).unwrap_err().to_string();
        assert!(error.contains("ca.pem exists without"), "{error}");
    }

    #[test]
    fn files_without_a_certificate_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("cert.pem");
        let error = |file: &Path| Tls::from_files(file, file).unwrap_err().to_string();
        assert!(error(&file).contains("cert.pem: No such file"), "{}", error(&file));
        fs::write(&file, "nonsense").unwrap();
        assert!(error(&file).contains("cert.pem: there is no \"BEGIN CERTIFICATE\""), "{}", error(&file));
    }
}
