"""New filings out of spreadsheets: the template, reading what came back, and the answer in the same workbook."""
