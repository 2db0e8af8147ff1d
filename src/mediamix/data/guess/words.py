"""The words of headers: English, German, and the commonest of French, Spanish, Italian and Dutch.

Words are compared folded: small letters, no accents. A compound ends with its word (``werbekosten``).
"""

from __future__ import annotations

import re
from functools import cache

from mediamix.core.names import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


SPEND = _words(
    """spend spending spendings spends spent cost costs expense expenses expenditure invest investment
    investments budget kosten ausgabe ausgaben aufwand adspend mediaspend depense depenses cout couts gasto
    mdsp gastos coste costes inversión spesa spese costo costi uitgaven custo custos investimento netcost"""
)
PLANNED = _words("plan planned planning geplant soll forecast planned_spend booked")
EXPOSURE = _words(
    """impressions impression impr imps imp views view clicks click klicks klick grp grps trp trps reach
    reichweite frequency visits visit sessions opens opened sends sent deliveries delivered contacts kontakte
    einblendungen aufrufe impresiones clics vues vistas impressies vertoningen circulation posts auflage spots
    insertions plays streams mdip exposure exposures ots mailings recipients traffic"""
)
MONEY = _words(
    """revenue revenues sales turnover umsatz umsätze gmv income erlös erlöse ventas ingresos omzet bookings
    vendite ricavi fatturato chiffre receita vendas"""
)
COUNT = _words(
    """orders order conversions conversion leads lead purchases purchase transactions transaction signups
    signup installs install bestellungen bestellung customers kunden neukunden subscriptions registrations
    registrierungen acquisitions commandes pedidos ordini bestellingen units absatz abos downloads
    applications verkäufe"""
)
PLAIN = _words("y kpi target response outcome dependent dv depvar")
WORTH = _words("price value amount wert betrag preis worth")
CONTROL = _words(
    """competitor competitors competition wettbewerb wettbewerber konkurrenz control controls price prices
    preis preise prix precio prezzo index sentiment weather temperature temperatur temp rain rainfall
    precipitation regen wetter sunshine sonne unemployment arbeitslosigkeit inflation cpi gdp bip macro
    consumer confidence covid lockdown mobility discount discounts rabatt rabatte distribution availability
    stock inventory stores filialen gqv trends demand promo promos promotion promotions aktion aktionen
    covariate covariates mrkdn markdown"""
)
EVENT = _words(
    """event events holiday holidays feiertag feiertage ferien blackfriday xmas christmas weihnachten easter
    ostern launch superbowl ereignis ereignisse hldy"""
)
POPULATION = _words("population inhabitants einwohner bevölkerung pop households habitants")
GEO = _words(
    """geo geos region regions country state city dma market markt location land bundesland territory gebiet
    province provinz pays país paese zip plz postcode county metro stadt ville ciudad"""
)
DATE = _words(
    """date dates day days week weeks month quarter year time timestamp datum tag woche kw monat quartal jahr
    period periode ds fecha semana mes jour semaine mois annee giorno settimana mese datetime zeitraum
    commencing wk dt weekday dayofyear dayofweek"""
)
CHANNEL = _words(
    "channel channels kanal medium platform plattform source vehicle publisher canal canale network"
)
CAMPAIGN = _words(
    "campaign kampagne campagne adgroup adset creative placement keyword anzeigengruppe account"
)
LABEL = _words("index row nr idx unnamed # id rownum lfd")
#: Truth of a simulation, or results of another model: never an input.
RESULT = _words(
    """effect effects contribution contributions contrib predicted prediction predictions fitted residual
    residuals decomp yhat attributed attribution incremental lift true truth baseline base trend seasonal
    seasonality seas posterior"""
)
RATIO = _words("roas roi mroi cpa cpc cpm ctr cvr cpl cpo acos cpi_install aov_ratio rate quote per pro")
CURRENCY = _words("currency wahrung währung devise moneda waehrung")
TOTAL = _words("total totals sum gesamt summe overall all insgesamt")
MEDIA = _words(
    """tv television tele radio ooh dooh outdoor print press search sea sem ppc google facebook fb meta
    instagram tiktok youtube bing linkedin pinterest snapchat snap twitter display video social email
    newsletter affiliate affiliates shopping pmax programmatic prog cinema kino plakat plakate zeitung
    zeitungen zeitschriften influencer mail mailing podcast audio ctv crm sms flyer banner seo ads adwords
    media amazon criteo retargeting remarketing brand branding fernsehen rundfunk anzeigen werbung awin
    billboard billboards magazine newspaper newspapers spotify reddit organic fernseh suche prospekte"""
)
#: What a business sends itself: bought with no money per contact.
OWNED = _words("newsletter email emails mail mailing crm seo blog push sms organic")
#: Visits that demand brings: a result of the business, not a cause.
DEMAND = _words("direct branded referral other")
SEARCH = _words("search sea sem ppc shopping suche adwords")
CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "usd": "USD", "dollar": "USD",
    "£": "GBP", "gbp": "GBP", "chf": "CHF", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "pln": "PLN",
    "czk": "CZK", "jpy": "JPY", "¥": "JPY", "aud": "AUD", "cad": "CAD", "inr": "INR", "₹": "INR",
    "brl": "BRL", "mxn": "MXN", "try": "TRY", "zar": "ZAR",
}  # fmt: skip
#: Conventions of one letter at the end (Robyn): spend, impressions, clicks and the like, base variables.
LETTERS = {"s": "spend", "i": "exposure", "p": "exposure", "r": "exposure", "b": "control"}
_SUFFIXES = (
    (SPEND, ("kosten", "ausgaben", "spend", "budget")),
    (MONEY, ("umsatz", "umsatze", "revenue")),
    (COUNT, ("bestellungen", "verkaufe", "kunden")),
    (EXPOSURE, ("impressions", "klicks", "clicks", "kontakte")),
    (CONTROL, ("preis", "temperatur", "index")),
)
#: What a compound of a channel and its unit ends with.
ENDINGS = ("kosten", "ausgaben", "spend", "budget", "impressions", "klicks", "clicks", "kontakte")
_SAME = {"fb": "facebook", "yt": "youtube", "ig": "instagram", "emails": "email", "mailing": "mail"}
_PART = re.compile(r"[^\W_]+|[€$£¥₹%#]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@cache
def parts(name: str) -> tuple[str, ...]:
    """The words of a header as they are written; ``facebookSpend`` is two, ``TikTok`` is one."""
    found: list[str] = []
    for word in _PART.findall(name):
        pieces = _CAMEL.split(word)
        units = SPEND | EXPOSURE | MONEY | COUNT | CONTROL | DATE
        found += pieces if len(pieces) > 1 and any(fold(piece) in units for piece in pieces) else [word]
    return tuple(found)


@cache
def tokens(name: str) -> tuple[str, ...]:
    """The words of a header, folded."""
    return tuple(fold(part) for part in parts(name))


def says(words: tuple[str, ...], vocabulary: frozenset[str]) -> str:
    """The first of the words that the vocabulary has, or that ends with one of it; empty: none."""
    for word in words:
        if word in vocabulary or (len(word) > 3 and word.rstrip("0123456789") in vocabulary):
            return word
    for kind, endings in _SUFFIXES:
        if kind is vocabulary:
            return next((word for word in words if word.endswith(endings)), "")
    return ""


def same_word(word: str) -> str:
    """The long form of a usual abbreviation."""
    return _SAME.get(word, word)
