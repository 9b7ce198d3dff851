//! The way to the server through an HTTP proxy.

use std::sync::Arc;

use highwater_agent::agent::Settings;
use highwater_agent::clock::Clock;

use crate::fake::Fake;
use crate::{NOW, events, run_at, settings};

/// A proxy that connects whoever asks to this server, wherever they want to go. Answers its address and how often it was asked for what.
async fn proxy(to: String) -> (String, Arc<std::sync::Mutex<Vec<String>>>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, asked) = (format!("http://{}", listener.local_addr().unwrap()), Arc::default());
    let heard: Arc<std::sync::Mutex<Vec<String>>> = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (to, heard) = (to.clone(), Arc::clone(&heard));
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(client.read_u8().await?);
                }
                heard
                    .lock()
                    .unwrap()
                    .push(String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned());
                let mut server = tokio::net::TcpStream::connect(to).await?;
                client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    (address, asked)
}

#[tokio::test]
async fn through_a_proxy_the_connection_is_encrypted_to_the_server() {
    let fake = Fake::start().await;
    let (address, asked) = proxy(fake.url.replace("https://", "")).await;
    // Nobody listens there: only the proxy knows the way.
    let server = "https://localhost:9".to_owned();
    let settings = Settings { server, proxy: Some(address.clone()), ..settings(&fake) };
    run_at(settings.clone(), events(0..3), Clock::manual(NOW)).await.unwrap();
    assert_eq!(fake.events(), [0, 1, 2]);
    let asked = asked.lock().unwrap().clone();
    assert!(!asked.is_empty() && asked.iter().all(|line| line == "CONNECT localhost:9 HTTP/1.1"), "{asked:?}");

    // A proxy that leads elsewhere is found out.
    let other = Fake::start().await;
    let (address, _) = proxy(other.url.replace("https://", "")).await;
    let trust = highwater_agent::ship::Trust { ca: Some(fake.ca.clone()), ..Default::default() };
    let limits = highwater_agent::ship::Limits::default();
    let client =
        highwater_agent::ship::Client::new("https://localhost:9", &trust, Some(&address), limits, Clock::manual(NOW));
    let error = client.unwrap().status("hwa_key").await.unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
}
