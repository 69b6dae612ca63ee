//! The program `stack`.

/// Whatever happens to stderr and stdout, requests are answered and SIGTERM is obeyed.
#[cfg(target_os = "linux")]
#[test]
fn the_program_outlives_the_readers_of_its_output() {
    crate::unread::outlives_its_readers(
        || {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stack"));
            command
                .args([
                    "--site-addr",
                    "127.0.0.1:0",
                    "--proxy-addr",
                    "127.0.0.1:0",
                    "--mock-idp-addr",
                    "127.0.0.1:0",
                    "--announce",
                    "json",
                ])
                .env_clear()
                .current_dir(env!("CARGO_TARGET_TMPDIR"));
            command
        },
        "/oauth2/default/v1/keys",
    );
}
