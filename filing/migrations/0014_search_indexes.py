"""Indexes of lists and search. After the words are filled in: on many rows that is quicker than row by row."""

from __future__ import annotations

import django.contrib.postgres.indexes
from django.db import migrations, models

import filing.models.words


class Migration(migrations.Migration):
    dependencies = [
        ("filing", "0013_search_words"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="access",
            index=models.Index(
                condition=models.Q(
                    ("provider_id__isnull", False),
                    models.Q(("provider_id", models.F("isp_id")), _negated=True),
                ),
                fields=["website"],
                name="access_elsewhere",
            ),
        ),
        migrations.AddIndex(
            model_name="addressrange",
            index=django.contrib.postgres.indexes.GistIndex(filing.models.words.Span(), name="range_span"),
        ),
        migrations.AddIndex(
            model_name="domain",
            index=django.contrib.postgres.indexes.GinIndex(
                filing.models.words.Grams(filing.models.words.FoldedName()), name="domain_grams"
            ),
        ),
        migrations.AddIndex(
            model_name="request",
            index=django.contrib.postgres.indexes.GinIndex(
                filing.models.words.Grams(filing.models.words.RequestWords()), name="request_grams"
            ),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(
                condition=models.Q(("target", ""), _negated=True), fields=["target"], name="request_target"
            ),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["-updated_at", "-id"], name="request_latest"),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["state_changed_at", "id"], name="request_longest"),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["operation"], name="request_operation"),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["certificate_number"], name="subject_certificate_number"),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=django.contrib.postgres.indexes.GinIndex(
                filing.models.words.Grams(filing.models.words.SubjectWords()), name="subject_grams"
            ),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["-updated_at", "-id"], name="subject_latest"),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["state"], name="subject_state"),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["province"], name="subject_province"),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["nature"], name="subject_nature"),
        ),
        migrations.AddIndex(
            model_name="website",
            index=django.contrib.postgres.indexes.GinIndex(
                filing.models.words.Grams(filing.models.words.FoldedName()), name="website_grams"
            ),
        ),
    ]
