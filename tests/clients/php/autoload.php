<?php

// Stands for composer's autoload where there is no composer: the stubs, and what build.sh made of Debian's packages.
// Debian's protobuf is of 2022, and PHP and protoc are newer: two classes had another name then, and it uses what PHP has
// deprecated since.

error_reporting(E_ALL & ~E_DEPRECATED);

spl_autoload_register(function (string $class): void {
    foreach (['../../generated/php/src', 'rpc', 'runtime/usr/share/php', 'source/lib'] as $folder) {
        $path = dirname(__DIR__) . "/$folder/" . strtr($class, '\\', '/') . '.php';
        if (is_file($path)) {
            require $path;
            return;
        }
    }
});

class_alias(Google\Protobuf\Internal\RepeatedField::class, 'Google\Protobuf\RepeatedField');
class_alias(Google\Protobuf\Internal\MapField::class, 'Google\Protobuf\MapField');
