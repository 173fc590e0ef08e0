//! A server on a disk that fails, hesitates, is full, or forgets what was not synced when the power went.
//!
//! `disk.c` stands between the process and the files of the log, and takes its orders from a folder.

use std::{fs, path::PathBuf, process::Command as Program};

use anyhow::{Context as _, Result, ensure};
use safar_api::auth::DevIssuer;
use safar_tests::binary::{Installation, Running, token};
use tokio::task::JoinSet;

use crate::{
    asking::{Chance, Command, Worker, note, open, register, support},
    journal::{Acknowledged, Journal, log_of},
};

/// A server in service on such a disk, and a case in it.
struct Scene {
    node: Installation,
    faults: PathBuf,
    worker: Worker,
    case: String,
    chance: Chance,
    journal: Journal,
}

impl Scene {
    /// With nothing wrong yet; the server runs.
    async fn new() -> Result<(Self, Running)> {
        let (issuer, mut chance) = (DevIssuer::ephemeral(), Chance(7));
        let node = Installation::new()?.in_service(&issuer);
        let (faults, disk) = (node.file("faults"), node.file("disk.so"));
        fs::create_dir(&faults)?;
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/binary/disk.c");
        let built =
            Program::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&disk).arg(source).status()?;
        ensure!(built.success(), "the disk is not built");
        let node = node
            .variable("LD_PRELOAD", disk.display().to_string())
            .variable("FAULTS", faults.display().to_string());
        node.describe_directory()?;
        let running = node.start(&["serve"]).await?;
        let worker = Worker::new("sw-galaba", token(&issuer, "sw-galaba"));
        let person = worker.send(&running.address, &register(chance.key(), "Назаров", &[])).await?.id()?;
        let case = worker.send(&running.address, &open(chance.key(), &person)).await?.id()?;
        Ok((Self { node, faults, worker, case, chance, journal: Journal::default() }, running))
    }

    fn begins(&self, fault: &str) -> Result<()> {
        Ok(fs::write(self.faults.join(fault), "")?)
    }

    /// A command that is answered with success, now or once it is sent again.
    async fn told(&mut self, running: &Running) -> Result<()> {
        let command = support(self.chance.key(), &self.case, None);
        self.repeated(running, &command).await
    }

    /// A command that is not acknowledged, and with which the process ends and says that it did.
    async fn is_not_told(&self, running: &mut Running, command: &Command) -> Result<()> {
        let answer = self.worker.send(&running.address, command).await;
        ensure!(!answer.as_ref().is_ok_and(|answer| answer.status < 500), "{answer:?}");
        ensure!(!running.end().await?.success(), "{}", running.log()?);
        Ok(())
    }

    async fn repeated(&mut self, running: &Running, command: &Command) -> Result<()> {
        let answer = self.worker.insist(&running.address, command).await?;
        let told = Acknowledged::of(&self.worker.name, command.key, &self.case, &answer)?;
        self.journal.acknowledged.push(told);
        Ok(())
    }

    /// The files of the log as a disk has them that keeps what was synced; the index beside them is no part of the disk.
    fn loses_power(&self) -> Result<()> {
        let data = self.node.data();
        for file in ["log.sqlite", "log.sqlite-wal"] {
            let kept = self.faults.join(file);
            if kept.exists() {
                fs::copy(kept, data.join(file))?;
            }
        }
        Ok(fs::remove_file(data.join("log.sqlite-shm"))?)
    }

    /// What the log holds is what was said, once each, and it is sound.
    async fn holds(&self) -> Result<()> {
        let log = log_of(&format!("sqlite:{}", self.node.data().join("log.sqlite").display())).await?;
        self.journal.check(&log)?;
        ensure!(self.node.tool(&["verify"])?.contains("The log is sound"));
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_fails_acknowledges_nothing_and_what_was_said_is_there_afterwards() -> Result<()> {
    for fault in ["fail_once", "fail"] {
        let (mut scene, mut running) = Scene::new().await?;
        scene.told(&running).await?;
        let command = support(scene.chance.key(), &scene.case, None);
        scene.begins(fault)?;
        scene.is_not_told(&mut running, &command).await?;
        if fault == "fail" {
            ensure!(scene.node.start(&["serve"]).await.is_err(), "{fault}: it serves on a disk that fails");
            fs::remove_file(scene.faults.join(fault))?;
        }
        // The command may have been written before its sync failed. It is not told of until a sync has gone through.
        let mut running = scene.node.start(&["serve"]).await?;
        scene.repeated(&running, &command).await?;
        running.crash()?;
        scene.loses_power()?;
        let mut running = scene.node.start(&["serve"]).await?;
        scene.told(&running).await?;
        ensure!(running.stop().await?.success());
        scene.holds().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_what_it_cannot_take_and_goes_on_when_there_is_room() -> Result<()> {
    let (mut scene, mut running) = Scene::new().await?;
    scene.told(&running).await?;
    let command = support(scene.chance.key(), &scene.case, None);
    scene.begins("full")?;
    for _ in 0..2 {
        let answer = scene.worker.send(&running.address, &command).await?;
        ensure!(answer.status == 503 && answer.body["code"] == "store_unavailable", "{answer:?}");
        ensure!(answer.retry_after.is_some(), "{answer:?}");
    }
    let read = scene.worker.get(&running.address, "/v1/me").await?;
    ensure!(read.status == 200, "{read:?}");
    fs::remove_file(scene.faults.join("full"))?;
    scene.repeated(&running, &command).await?;
    scene.told(&running).await?;
    running.crash()?;
    scene.loses_power()?;
    let mut running = scene.node.start(&["serve"]).await?;
    ensure!(running.stop().await?.success());
    scene.holds().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_sync_takes_long_others_read_and_the_command_counts_once() -> Result<()> {
    let (mut scene, mut running) = Scene::new().await?;
    let command = support(scene.chance.key(), &scene.case, None);
    scene.begins("slow_once")?;
    let (worker, address) = (scene.worker.clone(), running.address.clone());
    let slow = tokio::spawn({
        let command = command.clone();
        async move { worker.send(&address, &command).await }
    });
    let read = scene.worker.get(&running.address, "/v1/me").await?;
    ensure!(read.status == 200 && !slow.is_finished(), "nobody waits for the disk who does not write to it");
    // It is told late or told to come again; either way the same command counts once.
    let first = slow.await??;
    ensure!(first.status < 300 || first.status == 503, "{first:?}");
    scene.repeated(&running, &command).await?;
    scene.told(&running).await?;
    ensure!(running.stop().await?.success());
    scene.holds().await
}

/// Writes until the power goes: what was acknowledged by then, and the files as a disk has them that keeps what was synced.
async fn power_goes(scene: &mut Scene, mut running: Running) -> Result<()> {
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let (worker, address) = (scene.worker.clone(), running.address.clone());
        let (case, mut chance) = (scene.case.clone(), Chance(scene.chance.next()));
        writers.spawn(async move {
            let mut told = Vec::new();
            for _ in 0..200 {
                let command = note(chance.key(), &case, "seen");
                let Ok(answer) = worker.send(&address, &command).await else { break };
                let Ok(one) = Acknowledged::of(&worker.name, command.key, &case, &answer) else { break };
                told.push(one);
            }
            told
        });
    }
    for _ in 0..30 {
        scene.told(&running).await?;
    }
    running.crash()?;
    for told in writers.join_all().await {
        scene.journal.acknowledged.extend(told);
    }
    scene.loses_power()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loss_of_power_takes_nothing_that_was_acknowledged() -> Result<()> {
    let (mut scene, running) = Scene::new().await?;
    power_goes(&mut scene, running).await?;
    ensure!(scene.journal.acknowledged.len() >= 30);
    let mut running = scene.node.start(&["serve"]).await?;
    scene.told(&running).await?;
    ensure!(running.stop().await?.success());
    scene.holds().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_disk_that_lies_a_loss_of_power_would_be_noticed() -> Result<()> {
    let (mut scene, running) = Scene::new().await?;
    scene.begins("lie")?;
    power_goes(&mut scene, running).await?;
    let log = log_of(&format!("sqlite:{}", scene.node.data().join("log.sqlite").display())).await?;
    let lost = scene.journal.check(&log).err().context("nothing is lost")?;
    ensure!(lost.to_string().contains("was acknowledged and is lost"), "{lost}");
    Ok(())
}
