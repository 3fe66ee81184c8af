"""Store digests of received webhooks, so that each is processed once."""

from typing import NewType

from connvo.store.schema import Document, table

WebhookReceiptId = NewType("WebhookReceiptId", str)


@table(
    "webhookReceipts",
    10041,
    id_type=WebhookReceiptId,
    indexes={"by_digest": ("digest",), "by_expiry": ("expires_at",)},
    retention="until a repeated webhook would be refused as too old",
)
class WebhookReceipt(Document, frozen=True, kw_only=True):
    """A webhook by the SHA-256 of its signed content; `digest` is unique; times in ms."""

    id: WebhookReceiptId = WebhookReceiptId("")
    digest: str
    type: str
    expires_at: float
