//! What a person does and sees in a browser, and what a test reads behind the page.

use fantoccini::{
    actions::{InputSource, KeyAction, KeyActions},
    error::{CmdError, ErrorStatus},
    key::Key,
    wd::WindowHandle,
};
use serde_json::{Value, json};
use url::Url;

use super::{command::ChromeCommand, session::Browser, target::Target};

/// A tab of a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab(WindowHandle);

impl Browser {
    // Going places.

    /// Opens an address, as if typed into the address bar.
    pub async fn goto(&self, url: &str) {
        self.command(&format!("go to {url}"), self.client.goto(url)).await;
    }

    /// The back button.
    pub async fn back(&self) {
        self.command("go back", self.client.back()).await;
    }

    /// The forward button.
    pub async fn forward(&self) {
        self.command("go forward", self.client.forward()).await;
    }

    /// The reload button.
    pub async fn reload(&self) {
        self.command("reload", self.client.refresh()).await;
    }

    /// Opens an empty tab and switches to it.
    pub async fn new_tab(&self) -> Tab {
        let answer = self.command("open a tab", self.client.new_window(true)).await;
        self.switch_to(&Tab(answer.handle)).await;
        self.prepare_tab().await;
        self.tab().await
    }

    /// The tab in use.
    pub async fn tab(&self) -> Tab {
        Tab(self.command("ask for the tab in use", self.client.window()).await)
    }

    /// Switches to another tab.
    pub async fn switch_to(&self, tab: &Tab) {
        self.command("switch to another tab", self.client.switch_to_window(tab.0.clone())).await;
    }

    // Doing things.

    /// Clicks an element, once it can be clicked.
    pub async fn click(&self, target: &Target) {
        self.wait(&format!("{target} to be clicked"), async || {
            let element = self.client.find(target.locator()).await?;
            if !element.is_enabled().await? {
                return Ok(None);
            }
            match element.click().await {
                Ok(()) => Ok(Some(())),
                // Anything else may have come after the click, which must not be done twice.
                Err(error) if not_clicked(&error) => Err(error),
                Err(error) => Err(CmdError::NotJson(format!("the click went wrong: {error}"))),
            }
        })
        .await;
    }

    /// Empties a field and types into it.
    pub async fn fill(&self, field: &Target, text: &str) {
        self.wait(&format!("{field} to be filled in"), async || {
            let element = self.client.find(field.locator()).await?;
            element.clear().await?;
            element.send_keys(text).await?;
            Ok(Some(()))
        })
        .await;
    }

    /// Presses a key, such as [`Key::Tab`] or [`Key::Enter`], wherever the focus is.
    pub async fn press(&self, key: Key) {
        self.keys(&char::from(key).to_string(), &format!("press {key:?}")).await;
    }

    /// Types wherever the focus is.
    pub async fn type_text(&self, text: &str) {
        self.keys(text, "type").await;
    }

    async fn keys(&self, keys: &str, what: &str) {
        let presses = keys.chars().flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        let actions = presses.fold(KeyActions::new("keyboard".to_owned()), InputSource::then);
        self.command(what, self.client.perform_actions(actions)).await;
    }

    // Seeing things.

    /// Waits until an element is visible and has a text, and returns the text.
    pub async fn text(&self, target: &Target) -> String {
        self.text_where(target, "with a text", |text| !text.is_empty()).await
    }

    /// Waits until an element is visible and its text is as wanted, and returns the text.
    pub async fn text_where(&self, target: &Target, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.wait(&format!("{target} {what}"), async || {
            let element = self.client.find(target.locator()).await?;
            let text = element.text().await?;
            Ok((element.is_displayed().await? && wanted(text.trim())).then(|| text.trim().to_owned()))
        })
        .await
    }

    /// Waits for a field, and returns its content.
    pub async fn value(&self, field: &Target) -> String {
        self.wait(&format!("{field} to be there"), async || {
            let element = self.client.find(field.locator()).await?;
            Ok(Some(element.prop("value").await?.unwrap_or_default()))
        })
        .await
    }

    /// Waits until an element is visible.
    pub async fn wait_for(&self, target: &Target) {
        self.wait(&format!("{target} to be seen"), async || {
            Ok(self.client.find(target.locator()).await?.is_displayed().await?.then_some(()))
        })
        .await;
    }

    /// Waits until one of some elements is visible, and returns its index.
    pub async fn first_seen(&self, targets: &[Target]) -> usize {
        let names: Vec<String> = targets.iter().map(ToString::to_string).collect();
        self.wait(&format!("one of {} to be seen", names.join(" | ")), async || self.seen_now(targets).await)
            .await
    }

    /// Waits until the address begins with `url`, or until one of some elements is visible; returns the
    /// index of that element.
    pub async fn arrives_or_sees(&self, url: &str, targets: &[Target]) -> Option<usize> {
        self.wait(&format!("an address that begins with {url}"), async || {
            if self.client.current_url().await?.as_str().starts_with(url) {
                return Ok(Some(None));
            }
            Ok(self.seen_now(targets).await?.map(Some))
        })
        .await
    }

    async fn seen_now(&self, targets: &[Target]) -> Result<Option<usize>, CmdError> {
        for (at, target) in targets.iter().enumerate() {
            if self.displayed(target).await? {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Waits until an element is gone or hidden.
    pub async fn wait_gone(&self, target: &Target) {
        self.wait(&format!("{target} to be gone"), async || {
            Ok((!self.displayed(target).await?).then_some(()))
        })
        .await;
    }

    /// Whether an element is visible now. This does not wait: wait for the page's state first.
    pub async fn sees(&self, target: &Target) -> bool {
        self.command(&format!("look for {target}"), self.displayed(target)).await
    }

    async fn displayed(&self, target: &Target) -> Result<bool, CmdError> {
        let displayed = async { self.client.find(target.locator()).await?.is_displayed().await };
        match displayed.await {
            Err(error) if error.is_no_such_element() || error.is_stale_element_reference() => Ok(false),
            answer => answer,
        }
    }

    /// Waits until `data-state` of the body is as wanted.
    pub async fn wait_state(&self, wanted: &str) {
        self.wait(&format!("the page to be {wanted}"), async || {
            Ok((self.body_state().await? == wanted).then_some(()))
        })
        .await;
    }

    /// `data-state` of the body now; empty if there is none.
    pub async fn state(&self) -> String {
        self.command("read the page's state", self.body_state()).await
    }

    async fn body_state(&self) -> Result<String, CmdError> {
        let state = self.client.execute("return document.body?.dataset.state ?? ''", Vec::new()).await?;
        Ok(state.as_str().unwrap_or_default().to_owned())
    }

    /// The address bar.
    pub async fn url(&self) -> Url {
        self.command("read the address bar", self.client.current_url()).await
    }

    /// Waits until the address bar is as wanted, and returns it.
    pub async fn url_where(&self, what: &str, wanted: impl Fn(&Url) -> bool) -> Url {
        self.wait(&format!("an address {what}"), async || {
            Ok(Some(self.client.current_url().await?).filter(|url| wanted(url)))
        })
        .await
    }

    /// The page's title.
    pub async fn title(&self) -> String {
        self.command("read the title", self.client.title()).await
    }

    /// The element that has the focus: its `data-testid`, else its `name`, else its `id`, else its tag.
    pub async fn focused(&self) -> String {
        const FOCUSED: &str = "const it = document.activeElement; \
            return it?.dataset?.testid || it?.getAttribute('name') || it?.id || it?.localName || ''";
        let focused = self.command("ask for the focus", self.client.execute(FOCUSED, Vec::new())).await;
        focused.as_str().unwrap_or_default().to_owned()
    }

    /// The page's HTML as it is now.
    pub async fn source(&self) -> String {
        self.command("read the page", self.client.source()).await
    }

    /// A screenshot, as PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        self.command("take a picture", self.client.screenshot()).await
    }

    /// All that the console has shown in this browser, one entry per call of `console.log` or message of the browser.
    pub async fn console(&self) -> Vec<String> {
        self.command("read the console", self.read_console()).await
    }

    /// Waits until the console shows a line as wanted, and returns it.
    pub async fn console_where(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.wait(&format!("a console line {what}"), async || {
            Ok(self.read_console().await?.into_iter().find(|line| wanted(line)))
        })
        .await
    }

    // Reaching behind the page.

    /// Runs a script in the page: `return` gives a value, `arguments` holds `args`.
    pub async fn execute(&self, script: &str, args: Vec<Value>) -> Value {
        self.command("run a script", self.client.execute(script, args)).await
    }

    /// Runs a command of the Chrome DevTools Protocol in this tab.
    pub async fn devtools(&self, command: &str, params: &Value) -> Value {
        self.command(command, self.client.issue_cmd(ChromeCommand::devtools(command, params))).await
    }

    /// Keeps the pages of this tab from running scripts until [`Browser::run_scripts`]: a test can act
    /// before a page reacts.
    pub async fn hold_scripts(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": true })).await;
    }

    /// Lets pages run scripts again, beginning with the one that is open, which is reloaded.
    pub async fn run_scripts(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": false })).await;
        self.reload().await;
    }
}

/// Whether an error means that nothing was clicked.
fn not_clicked(error: &CmdError) -> bool {
    matches!(
        error,
        CmdError::Standard(error) if matches!(
            error.error,
            ErrorStatus::NoSuchElement
                | ErrorStatus::StaleElementReference
                | ErrorStatus::ElementClickIntercepted
                | ErrorStatus::ElementNotInteractable
        )
    )
}
