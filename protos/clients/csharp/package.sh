#!/bin/sh
# The sources with their project file: dotnet build, pack or a ProjectReference does the rest.
mkdir dist/Redeemd.Client
cp -R Redeemd.Client.csproj Redeem dist/Redeemd.Client
