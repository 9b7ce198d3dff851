//! A real browser: headless Chromium driven by its own driver on a free port.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{CapabilitiesHelper as _, ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver};

#[derive(Debug)]
pub struct Browser {
    pub driver: WebDriver,
    chromedriver: Child,
    /// Where the driver listens.
    driver_url: String,
    _profile: TempDir,
}

/// In pixels: enough to judge a page by.
const TALLEST_PICTURE: u64 = 3_600;

/// Chromium's windows are never narrower: a phone is emulated.
const NARROWEST_WINDOW: u32 = 500;

/// How the browser differs from a usual one.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    pub javascript: bool,
    pub dark: bool,
    /// What the browser asks pages for.
    pub language: &'static str,
}

impl Look {
    pub const DESK: Self = Self { width: 1440, height: 1000, javascript: true, dark: false, language: "en" };
    pub const PHONE: Self = Self { width: 390, height: 844, javascript: true, dark: false, language: "en" };

    pub fn without_javascript(self) -> Self {
        Self { javascript: false, ..self }
    }

    pub fn dark(self) -> Self {
        Self { dark: true, ..self }
    }

    pub fn french(self) -> Self {
        Self { language: "fr", ..self }
    }

    /// As the name of a picture ends.
    pub fn suffix(self) -> String {
        let words = [
            (self.width < NARROWEST_WINDOW, "-phone"),
            (self.dark, "-dark"),
            (self.language == "fr", "-fr"),
            (!self.javascript, "-plain"),
        ];
        words.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect()
    }
}

impl Browser {
    pub async fn start(look: Look) -> Self {
        let (chromedriver, port) = chromedriver();
        let profile = tempfile::tempdir().unwrap();
        let mut wanted = DesiredCapabilities::chrome();
        for argument in arguments(look, &profile) {
            wanted.add_arg(&argument).unwrap();
        }
        if !look.javascript {
            let off = json!({"profile.managed_default_content_settings.javascript": 2});
            wanted.add_experimental_option("prefs", off).unwrap();
        }
        if look.width < NARROWEST_WINDOW {
            let metrics = json!({"width": look.width, "height": look.height, "pixelRatio": 1.0});
            wanted.add_experimental_option("mobileEmulation", json!({"deviceMetrics": metrics})).unwrap();
        }
        wanted.set("goog:loggingPrefs", json!({"browser": "ALL"})).unwrap();
        let driver_url = format!("http://127.0.0.1:{port}");
        let driver = WebDriver::new(&driver_url, wanted).await.expect("chromium starts");
        Self { driver, chromedriver, driver_url, _profile: profile }
    }

    /// What the console has said since the last time: errors and warnings of scripts, of the policy, of what could not be loaded.
    /// The answer 404 of a page that is not there is the browser's own remark.
    pub async fn console(&self) -> Vec<String> {
        let session = self.driver.session_id();
        let asked = reqwest::Client::builder().no_proxy().build().unwrap();
        let asked =
            asked.post(format!("{}/session/{session}/se/log", self.driver_url)).json(&json!({"type": "browser"}));
        let answer: serde_json::Value = asked.send().await.unwrap().json().await.unwrap();
        let lines = answer["value"].as_array().unwrap_or_else(|| panic!("no log: {answer}"));
        let told = lines.iter().map(|line| format!("{} {}", line["level"], line["message"]));
        told.filter(|line| !line.contains("status of 404")).collect()
    }

    /// What is wrong with the page as a person would notice it: content wider than the window.
    pub async fn overflow_px(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        self.driver.execute(script, vec![]).await.unwrap().json().as_i64().unwrap()
    }

    /// Pictures that could not be loaded.
    pub async fn broken_pictures(&self) -> i64 {
        let script = "return [...document.images].filter((i) => i.complete && !i.naturalWidth).length";
        self.driver.execute(script, vec![]).await.unwrap().json().as_i64().unwrap()
    }

    /// From now on pages look as they are printed.
    pub async fn print(&self) {
        let asked = json!({"media": "print"});
        self.driver.cdp().send_raw("Emulation.setEmulatedMedia", asked).await.unwrap();
    }

    /// How many elements of a selector can be seen.
    pub async fn seen(&self, selector: &str) -> i64 {
        let script =
            format!("return [...document.querySelectorAll('{selector}')].filter((e) => e.checkVisibility()).length");
        self.driver.execute(script, vec![]).await.unwrap().json().as_i64().unwrap()
    }

    /// What the page says that it is written in.
    pub async fn language(&self) -> String {
        let said = self.driver.execute("return document.documentElement.lang", vec![]).await.unwrap();
        said.json().as_str().unwrap().to_owned()
    }

    /// What axe-core finds wrong by WCAG 2.2, levels A and AA, each with the elements.
    pub async fn accessibility_faults(&self) -> Vec<String> {
        const RUN: &str = r"
            const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
              .then((found) => done(found.violations.map((v) =>
                `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + ' ' + n.failureSummary).join(' | ')}`)))
              .catch((error) => done(['axe-core failed: ' + error]));";
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/axe/node_modules/axe-core/axe.min.js");
        let axe =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}. tests/run fetches it", path.display()));
        self.driver.execute(axe, vec![]).await.unwrap();
        let found = self.driver.execute_async(RUN, vec![]).await.unwrap();
        found.json().as_array().unwrap().iter().map(|fault| fault.as_str().unwrap().to_owned()).collect()
    }

    /// Addresses of other origins that the page asked for anything.
    pub async fn strangers(&self) -> Vec<String> {
        const ASKED: &str = "return performance.getEntriesByType('resource').map((entry) => entry.name) \
                             .filter((name) => new URL(name).origin !== location.origin)";
        let found = self.driver.execute(ASKED, vec![]).await.unwrap();
        found.json().as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    }

    /// Keeps a picture of the whole page for people, if `HIGHWATER_SCREENSHOTS` names a folder.
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
    pub async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("HIGHWATER_SCREENSHOTS") else { return };
        let size = "return [document.documentElement.clientWidth, document.documentElement.scrollHeight]";
        let size = self.driver.execute(size, vec![]).await.unwrap();
        let height = size.json()[1].as_u64().unwrap().min(TALLEST_PICTURE);
        let clip = json!({"x": 0, "y": 0, "width": size.json()[0], "height": height, "scale": 1});
        let asked = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let answer = self.driver.cdp().send_raw("Page.captureScreenshot", asked).await.unwrap();
        let png = STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), png).unwrap();
    }

    pub async fn stop(self) {
        let _ = self.driver.clone().quit().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.chromedriver.kill();
        let _ = self.chromedriver.wait();
    }
}

fn arguments(look: Look, profile: &TempDir) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--force-device-scale-factor=1",
        "--hide-scrollbars",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.push(format!("--window-size={},{}", look.width, look.height));
    arguments.push(format!("--user-data-dir={}", profile.path().display()));
    arguments.push(format!("--accept-lang={}", look.language));
    if look.dark {
        arguments.push("--force-dark-mode".to_owned());
        arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
    }
    arguments
}

/// A driver, and the port that it listens on. It takes a port that is free on IPv4 and gives up if another program has the same
/// one on IPv6, as happens when much runs at once: then another one is started.
fn chromedriver() -> (Child, u16) {
    for _ in 0..20 {
        let mut chromedriver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver (package chromium-driver) starts");
        if let Some(port) = port_of(&mut chromedriver) {
            return (chromedriver, port);
        }
        let _ = chromedriver.kill();
        let _ = chromedriver.wait();
    }
    panic!("chromedriver never said on which port it listens");
}

/// Reads the port that the driver chose out of its first lines, and leaves the rest unread but drained. None if it gave up.
fn port_of(chromedriver: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(chromedriver.stdout.take().unwrap()).lines();
    let port = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok())?;
    std::thread::spawn(move || lines.for_each(drop));
    Some(port)
}
