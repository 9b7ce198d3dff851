//! Somebody between a server and a directory.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Passes on what is said, and hears it. With an answer, it gives that to the first message itself and passes nothing on.
#[derive(Debug)]
pub struct Relay {
    pub port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
    serving: JoinHandle<()>,
}

impl Relay {
    pub async fn start(at: SocketAddr, to: u16, answer: Option<&'static [u8]>) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
        let hears = Arc::clone(&heard);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let hears = Arc::clone(&hears);
                tokio::spawn(async move { _ = pass_on(client, to, answer, &hears).await });
            }
        });
        Self { port, heard, serving }
    }

    pub fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass_on(
    mut client: TcpStream,
    to: u16,
    answer: Option<&'static [u8]>,
    hears: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    let mut bytes = [0; 4_096];
    if let Some(answer) = answer {
        let read = client.read(&mut bytes).await?;
        hears.lock().unwrap().extend_from_slice(&bytes[..read]);
        client.write_all(answer).await?;
        loop {
            let read = client.read(&mut bytes).await?;
            if read == 0 {
                return Ok(());
            }
            hears.lock().unwrap().extend_from_slice(&bytes[..read]);
        }
    }
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await?.into_split();
    let back = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    loop {
        let read = from_client.read(&mut bytes).await?;
        if read == 0 {
            back.abort();
            return Ok(());
        }
        hears.lock().unwrap().extend_from_slice(&bytes[..read]);
        to_server.write_all(&bytes[..read]).await?;
    }
}
