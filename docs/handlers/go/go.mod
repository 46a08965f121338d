module redeemd.dev/docs/handlers/inventory

go 1.24.0
