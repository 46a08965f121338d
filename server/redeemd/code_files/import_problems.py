"""Why the server does not import a code, in words."""

from redeem.serialkey.v1 import requests_pb2 as pb

WORDS = {
    pb.IMPORT_PROBLEM_KIND_DUPLICATE: "occurs earlier in the file",
    pb.IMPORT_PROBLEM_KIND_CONFLICT: "was imported into this namespace before",
    pb.IMPORT_PROBLEM_KIND_SERIAL_KEY: "reads like a code that this namespace issues",
    pb.IMPORT_PROBLEM_KIND_CAMPAIGN_NAME: "is the name of a campaign of this namespace",
    pb.IMPORT_PROBLEM_KIND_WHITE_SPACE: "begins or ends with white space",
    pb.IMPORT_PROBLEM_KIND_NO_CHARACTERS: "consists of characters that are ignored",
    pb.IMPORT_PROBLEM_KIND_STATE: "was imported before, and is in another state here",
}
