# Sourced: the language of $1, and its folders.
language=$1
root=$(cd "$here/../.." && pwd)
recipe=$here/$language
output=$root/generated/$language
# The server's own stubs are committed there, with the rules of fields, which clients do without.
[ "$language" != python ] || output=$root/generated/python-client
TOOLS=$root/.tools/$language
PATH=$TOOLS/bin:$root/.venv/bin:$PATH
export TOOLS PATH
