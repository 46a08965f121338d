#!/bin/sh
mvn --batch-mode --quiet package
cp target/*.jar dist
