#!/bin/sh
# Copies the sources and their project file, for dotnet build, dotnet pack or a ProjectReference.
mkdir dist/Redeemd.Client
cp -R Redeemd.Client.csproj Redeem dist/Redeemd.Client
