//! A wire between the log and its server that can be cut at the worst moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Passes everything on; once told to, it swallows the next answer of the server and hangs up.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    cut: Arc<AtomicBool>,
    delay: watch::Sender<Duration>,
}

impl Proxy {
    pub(crate) async fn to(port: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (delay, delayed) = watch::channel(Duration::ZERO);
        let proxy = Self { port: listener.local_addr()?.port(), cut: Arc::default(), delay };
        let cut = proxy.cut.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, port, (cut.clone(), delayed.clone())));
            }
        });
        Ok(proxy)
    }

    /// The next answer gets lost, on whichever connection it comes.
    pub(crate) fn lose_next_answer(&self) {
        self.cut.store(true, SeqCst);
    }

    /// Each answer takes so much longer from now on; what is under way goes on at once when this becomes less.
    pub(crate) fn delay(&self, by: Duration) {
        self.delay.send_replace(by);
    }

    /// Whether an answer was lost since.
    pub(crate) fn has_lost(&self) -> bool {
        !self.cut.load(SeqCst)
    }
}

async fn pass(
    client: TcpStream,
    port: u16,
    (cut, mut delayed): (Arc<AtomicBool>, watch::Receiver<Duration>),
) -> Result<()> {
    let server = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let upwards = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut bytes = vec![0; 1 << 16];
    loop {
        let count = from_server.read(&mut bytes).await?;
        if count == 0 || cut.swap(false, SeqCst) {
            upwards.abort();
            return Ok(());
        }
        let delay = *delayed.borrow_and_update();
        let _less = tokio::time::timeout(delay, delayed.changed()).await;
        to_client.write_all(&bytes[..count]).await?;
    }
}
