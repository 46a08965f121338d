# To be sourced: sets the language from $1, and its folders.
language=$1
root=$(cd "$here/../.." && pwd)
recipe=$here/$language
output=$root/generated/$language
# generated/python has the committed stubs of the server, with validation rules that clients do not need.
[ "$language" != python ] || output=$root/generated/python-client
TOOLS=$root/.tools/$language
PATH=$TOOLS/bin:$root/.venv/bin:$PATH
export TOOLS PATH
