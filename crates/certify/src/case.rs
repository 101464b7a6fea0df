//! What a case is: one page that says what is given, done and expected, and the code that does it.
//!
//! A case judges by the standard alone. What the guides leave open is a warning at most, and what is
//! not offered is no failure.

use futures_util::future::LocalBoxFuture;
use serde::Serialize;

use crate::lab::Lab;
use crate::stage::Stage;

/// What is tested as one: an API, or how it is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Function {
    /// Geographic Address Management.
    Address,
    /// Geographic Site Management.
    Site,
    /// Product Offering Qualification.
    Poq,
    /// Quote Management.
    Quote,
    /// Product Ordering Management.
    Order,
    /// Product Inventory.
    Inventory,
    /// Who may call at all.
    Security,
}

impl Function {
    /// All of them, in the order in which one needs what the other made.
    pub const ALL: [Self; 7] = [
        Self::Address,
        Self::Site,
        Self::Poq,
        Self::Quote,
        Self::Order,
        Self::Inventory,
        Self::Security,
    ];

    /// As it is written in profiles and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Site => "site",
            Self::Poq => "poq",
            Self::Quote => "quote",
            Self::Order => "order",
            Self::Inventory => "inventory",
            Self::Security => "security",
        }
    }

    /// The API it is about; security has none of its own.
    pub fn api(self) -> Option<&'static str> {
        Some(match self {
            Self::Address => "geographicAddressManagement",
            Self::Site => "geographicSiteManagement",
            Self::Poq => "productOfferingQualification",
            Self::Quote => "quoteManagement",
            Self::Order => "productOrderingManagement",
            Self::Inventory => "productInventory",
            Self::Security => return None,
        })
    }
}

impl std::str::FromStr for Function {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|function| function.as_str() == text);
        known.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|function| function.as_str()).collect();
            format!("no function is called {text}; there are: {}", names.join(", "))
        })
    }
}

/// Whether a case does what is right or what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Polarity {
    /// A request as it should be.
    Positive,
    /// A request that should be refused.
    Negative,
}

/// Why a case did not pass.
#[derive(Clone, Debug)]
pub enum Stop {
    /// Who is tested deviates from the standard.
    Failed(Finding),
    /// Who is tested does not offer what the case is about, and need not.
    NotOffered(String),
    /// The case cannot be done here: what it needs is missing.
    Blocked(String),
}

impl Stop {
    /// What it is to those who need afterwards what could not be made: one fault is one failure.
    #[must_use]
    pub fn afterwards(self, name: &str) -> Self {
        match self {
            Self::Failed(finding) => Self::Blocked(format!("{name}: expected {}; {}", finding.expected, finding.came)),
            Self::NotOffered(_) | Self::Blocked(_) => self,
        }
    }
}

/// A deviation.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What should have been.
    pub expected: String,
    /// What was.
    pub came: String,
    /// Number of the exchange that shows it.
    pub exchange: Option<usize>,
}

/// How a step of a case ends.
pub type Check = Result<(), Stop>;

/// The code of a case. `L` is where it is done: the laboratory of a Seller or the stage of a Buyer.
trait Run<L>: Send + Sync {
    fn run<'a>(&'a self, place: &'a mut L) -> LocalBoxFuture<'a, Check>;
}

impl<L, F: AsyncFn(&mut L) -> Check + Send + Sync> Run<L> for F {
    fn run<'a>(&'a self, place: &'a mut L) -> LocalBoxFuture<'a, Check> {
        Box::pin(self(place))
    }
}

/// What can be read of a case.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// `poq.create.echo`: function, operation, what is looked at. Those of a Buyer begin with `buyer.`.
    pub id: &'static str,
    /// What it belongs to.
    pub function: Function,
    /// The requirements it shows: `87.1 R42`.
    pub shows: &'static [&'static str],
    /// Right or wrong message of the tester.
    pub polarity: Polarity,
    /// What is there before.
    pub given: &'static str,
    /// What is done.
    pub when: &'static str,
    /// What has to come.
    pub then: &'static str,
    /// What it would mean if it did not.
    pub wrong: &'static str,
}

impl Page {
    /// Whom it tests.
    pub fn side(&self) -> Side {
        if self.id.starts_with(OF_BUYER) {
            Side::Buyer
        } else {
            Side::Seller
        }
    }
}

/// Who is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The one who offers.
    Seller,
    /// The one who asks.
    Buyer,
}

impl Side {
    /// As it is spelled in texts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seller => "Seller",
            Self::Buyer => "Buyer",
        }
    }
}

/// How ids of a Buyer's cases begin.
pub const OF_BUYER: &str = "buyer.";

/// One case.
pub struct Case<L = Lab> {
    /// What can be read of it.
    pub page: Page,
    code: Box<dyn Run<L>>,
}

impl<L> std::ops::Deref for Case<L> {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl<L> Case<L> {
    /// Does it.
    pub async fn run(&self, place: &mut L) -> Check {
        self.code.run(place).await
    }
}

/// A case that is being written down.
pub struct Draft(Page);

/// Begins a case of a message as it should be.
///
/// # Panics
/// If the id does not begin with a function: ids are part of the program, and a test builds all.
pub fn case(id: &'static str) -> Draft {
    let name = id.strip_prefix(OF_BUYER).unwrap_or(id);
    let function = name.split('.').next().unwrap_or_default().parse();
    Draft(Page {
        id,
        function: function.unwrap_or_else(|error| panic!("{id}: {error}")),
        shows: &[],
        polarity: Polarity::Positive,
        given: "",
        when: "",
        then: "",
        wrong: "",
    })
}

impl Draft {
    /// Which requirements it shows.
    #[must_use]
    pub fn shows(mut self, requirements: &'static [&'static str]) -> Self {
        self.0.shows = requirements;
        self
    }

    /// That the message is wrong, or a refusal, on purpose.
    #[must_use]
    pub fn negative(mut self) -> Self {
        self.0.polarity = Polarity::Negative;
        self
    }

    /// What is there before.
    #[must_use]
    pub fn given(mut self, text: &'static str) -> Self {
        self.0.given = text;
        self
    }

    /// What is done.
    #[must_use]
    pub fn when(mut self, text: &'static str) -> Self {
        self.0.when = text;
        self
    }

    /// What has to come.
    #[must_use]
    pub fn then(mut self, text: &'static str) -> Self {
        self.0.then = text;
        self
    }

    /// What it means when that does not come.
    #[must_use]
    pub fn wrong(mut self, text: &'static str) -> Self {
        self.0.wrong = text;
        self
    }

    /// The code of a case of a Seller; ends the page.
    pub fn run(self, code: impl AsyncFn(&mut Lab) -> Check + Send + Sync + 'static) -> Case {
        self.with(Box::new(code))
    }

    /// The code of a case of a Buyer; ends the page.
    pub fn watch(self, code: impl AsyncFn(&mut Stage) -> Check + Send + Sync + 'static) -> Case<Stage> {
        self.with(Box::new(code))
    }

    fn with<L>(self, code: Box<dyn Run<L>>) -> Case<L> {
        Case { page: self.0, code }
    }
}
