#!/bin/sh
# Runs the client with the stubs of `make generate-php` and what build.sh took from Debian.
# Elsewhere: `pecl install grpc`, `composer require redeemd/client`, then `php first_call.php` beside the folder vendor.
cd "$(dirname "$0")/../../.."
exec php -d extension="$PWD/.tools/php/grpc.so" -d include_path="$PWD/.tools/php" tests/clients/php/first_call.php
