//! An address of another machine: the server refuses to send to its own.

use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::process::Command;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// A network namespace that this one reaches by a cable; it goes when this is dropped.
#[derive(Debug)]
pub struct Elsewhere {
    space: String,
    address: String,
    /// Of this machine, as it is seen from there.
    near: String,
}

impl Elsewhere {
    /// `n`: another one for each test of a process.
    pub fn lay(n: u8) -> Self {
        let me = std::process::id();
        let (space, cable) = (format!("hw{me}-desk{n}"), format!("hwd{n}-{}", me % 1_000_000));
        // Of a network that nobody else uses here: the process's number makes it unlike those of other tests.
        let net = format!("10.{}.{}", 100 + me % 100, (me / 100 + u32::from(n)) % 250);
        ip(&["netns", "add", &space]);
        ip(&["link", "add", &cable, "type", "veth", "peer", "name", "desk", "netns", &space]);
        ip(&["addr", "add", &format!("{net}.1/24"), "dev", &cable]);
        ip(&["link", "set", &cable, "up"]);
        ip(&["-n", &space, "addr", "add", &format!("{net}.2/24"), "dev", "desk"]);
        ip(&["-n", &space, "link", "set", "desk", "up"]);
        Self { space, address: format!("{net}.2"), near: format!("{net}.1") }
    }

    /// Connects from there to a port of this machine, on which it has to listen everywhere.
    pub fn connect(&self, port: u16) -> TcpStream {
        let (space, near) = (File::open(format!("/var/run/netns/{}", self.space)).unwrap(), self.near.clone());
        let connecting = std::thread::spawn(move || {
            move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            TcpStream::connect(SocketAddr::new(near.parse().unwrap(), port)).unwrap()
        });
        connecting.join().unwrap()
    }

    /// Of that machine.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A program that is to run there.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.space, program]);
        command
    }

    /// Listens there; whoever accepts may be anywhere.
    pub fn listen(&self) -> TcpListener {
        let (space, address) = (File::open(format!("/var/run/netns/{}", self.space)).unwrap(), self.address.clone());
        // A thread of its own: what it moves into, it stays in.
        let listening = std::thread::spawn(move || {
            move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            TcpListener::bind(SocketAddr::new(address.parse().unwrap(), 0)).unwrap()
        });
        let listener = listening.join().unwrap();
        listener.set_nonblocking(true).unwrap();
        listener
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // Its end of the cable goes with it, and so the other one.
        let _ = Command::new("ip").args(["netns", "delete", &self.space]).status();
    }
}

fn ip(args: &[&str]) {
    let done = Command::new("ip").args(args).output().expect("ip (package iproute2) runs");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "ip {}: {said}. This test lays a network namespace: run it as root", args.join(" "));
}
