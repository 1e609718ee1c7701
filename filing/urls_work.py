"""Addresses where work is done: drafts, review, attachments. They come before those of requests, as "new" is no ref."""

from __future__ import annotations

from django.urls import path

from filing.views import (
    attachments,
    codes,
    draft_keep,
    draft_pieces,
    drafts,
    filed,
    lists,
    lookup,
    moves,
    operations,
    review,
)

urlpatterns = [
    path("requests/new/", drafts.draft_new, name="draft_new"),
    path("requests/export/", lists.request_export, name="request_export"),
    path("requests/<path:ref>/edit/", drafts.draft_edit, name="draft_edit"),
    path("requests/<path:ref>/submit/", moves.request_submit, name="request_submit"),
    path("requests/<path:ref>/correct/", moves.request_correct, name="request_correct"),
    path("requests/<path:ref>/withdraw/", moves.request_withdraw, name="request_withdraw"),
    path("requests/<path:ref>/review/", review.request_review, name="request_review"),
    path("requests/<path:ref>/readers/", review.request_readers, name="request_readers"),
    path("review/", review.review_queue, name="review_queue"),
    path("drafts/keep/", draft_keep.draft_keep, name="draft_keep"),
    path("drafts/signed-in/", draft_keep.signed_in, name="draft_signed_in"),
    path("drafts/block/", draft_pieces.draft_block, name="draft_block"),
    path("drafts/choices/", draft_pieces.draft_choices, name="draft_choices"),
    path("lookup/", lookup.lookup, name="lookup"),
    path("lookup/take/", lookup.lookup_take, name="lookup_take"),
    path("codes/regions/", codes.region_search, name="region_search"),
    path("attachments/", attachments.attachment_upload, name="attachment_upload"),
    path("attachments/<str:sha256>/", attachments.attachment_view, name="attachment_view"),
    path("filed/", lists.filed_list, name="filed_list"),
    path("filed/export/", lists.filed_export, name="filed_export"),
    path("filed/<int:pk>/", filed.filed_detail, name="filed_detail"),
    path("operations/", operations.operation_choose, name="operation_choose"),
    path("operations/<slug:operation>/", operations.operation_by_number, name="operation_by_number"),
    path("operations/<slug:operation>/check/", operations.operation_check, name="operation_check"),
    path("operations/<slug:operation>/start/", operations.operation_start, name="operation_start"),
]
