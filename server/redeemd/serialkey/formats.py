"""The formats of a namespace's codes: which ones its campaigns may have, and in which ones typed codes are opened.

A format is recorded when the master data in force first has it, and stays once codes were issued in it. No two formats
of a namespace overlap, so that a text can be a code of at most one of them.
"""

from collections.abc import Iterable, Iterator, Mapping

from redeem.serialkey.v1.resources_pb2 import CampaignModel, CodeAlphabet, CodeFormat

from redeemd.contract.options import spelling
from redeemd.errors import Conflict, Violation
from redeemd.resources import master_data
from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey.codec.code_format import CODES_DEFAULT, Format, problem, sequence_bits
from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.codes import OpenedCode
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Row, Tx

FORMATS_MAX = 16  # of a namespace


def of_model(model: CampaignModel) -> Format | None:
    """Return the format of a campaign's codes; None for the default one."""
    return _of(model.code_format) if model.HasField("code_format") else None


def _of(setting: CodeFormat) -> Format:
    codes = setting.codes_per_campaign if setting.HasField("codes_per_campaign") else CODES_DEFAULT
    return Format(
        alphabet=spelling(CodeAlphabet.DESCRIPTOR, setting.alphabet),
        length=setting.length,
        groups=tuple(setting.grouping) or (setting.length,),
        prefix=setting.prefix,
        sequence_bits=sequence_bits(codes),
    )


def check(model: CampaignModel) -> Iterator[Violation]:
    """Return the violations of a campaign's format beyond the rules of the contract; fields by proto name."""
    found = of_model(model)
    wrong = None if found is None else problem(found)
    if wrong is not None:
        yield Violation(f"code_format.{wrong.field}", wrong.text)


async def follow_models(tx: Tx, namespace_id: int, models: Mapping[str, CampaignModel]) -> None:
    """Record the formats of new master data, and give each campaign that of its model, inside the namespace's lock.

    Raises MasterDataInvalid if a format overlaps another one of the namespace, or cannot hold its campaign's number.
    """
    wanted = {name: found for name, model in models.items() if (found := of_model(model)) is not None}
    positions = {name: position for position, name in enumerate(models)}
    await _record(tx, namespace_id, wanted, positions)
    for row in await tx.all(QUERIES.campaign_models, namespace_id=namespace_id):
        code_format = wanted.get(row["name"])
        if code_format is not None and row["number"] > code_format.campaign_number_max:
            text = (
                f"holds the numbers of {code_format.campaign_number_max} campaigns, but this is number "
                f"{row['number']} of the namespace: use a longer format, or another namespace"
            )
            raise _refusal(positions[row["name"]], text)
        if row["code_format"] != _text(code_format):
            await tx.run(
                QUERIES.campaign_set_format,
                namespace_id=namespace_id,
                number=row["number"],
                code_format=_text(code_format),
            )


async def _record(tx: Tx, namespace_id: int, wanted: Mapping[str, Format], positions: Mapping[str, int]) -> None:
    texts = {str(code_format) for code_format in wanted.values()}
    rows = await _rows(tx, namespace_id)
    if unneeded := [row for row in rows if not row["used"] and row["format"] not in texts]:
        for row in unneeded:
            await tx.run(QUERIES.code_format_remove, namespace_id=namespace_id, format=row["format"])
        rows = await _rows(tx, namespace_id)  # one may have been used meanwhile
    known = {row["format"]: Format.parse(row["format"]) for row in rows}
    for name, code_format in wanted.items():
        text = str(code_format)
        if text in known:
            continue
        if other := next((other for other in known.values() if other.overlaps(code_format)), None):
            raise _refusal(positions[name], _overlap(other))
        if len(known) >= FORMATS_MAX:
            raise _refusal(positions[name], f"a namespace has at most {FORMATS_MAX} formats")
        await tx.run(QUERIES.code_format_add, namespace_id=namespace_id, format=text, check_bits=code_format.check_bits)
        known[text] = code_format


def _overlap(other: Format) -> str:
    return (
        f"has as many symbols as codes of another format of the namespace, which are printed like "
        f"{other.print('?' * other.length)}: use another length, or another prefix"
    )


def _refusal(position: int, text: str) -> Exception:
    return master_data.invalid([Violation(f"settings.campaignModels[{position}].codeFormat", text)])


async def _rows(tx: Tx, namespace_id: int) -> Iterable[Row]:
    return await tx.all(QUERIES.code_format_all, namespace_id=namespace_id)


def _text(code_format: Format | None) -> str | None:
    return None if code_format is None else str(code_format)


async def to_issue(tx: Tx, namespace_id: int, campaign: Row) -> Format | None:
    """Return the format in which a campaign's codes are issued, and record its use; None for the default one.

    `campaign` has `code_format` and `format_used`. Raises Conflict if the format was replaced meanwhile.
    """
    text: str | None = campaign["code_format"]
    if text is None:
        return None
    if not campaign["format_used"]:
        row = await tx.one(QUERIES.code_format_use, namespace_id=namespace_id, format=text)
        if row is None:
            raise Conflict
    return Format.parse(text)


async def load(tx: Tx, namespace: NamespaceKey, codecs: NamespaceCodecs) -> None:
    """Read in which formats the codes of a namespace are opened."""
    codecs.formats.adopt([row["format"] for row in await _rows(tx, namespace.namespace_id)])


async def decode(tx: Tx, namespace: NamespaceKey, codecs: NamespaceCodecs, text: str) -> OpenedCode | None:
    """Decode a code as a person typed it, in a format that may be new to this process."""
    await load(tx, namespace, codecs)
    return codecs.formats.decode(text)
