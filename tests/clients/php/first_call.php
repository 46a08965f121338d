<?php

// A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way.

declare(strict_types=1);

use Google\Rpc\BadRequest;
use Google\Rpc\Code;
use Google\Rpc\ErrorInfo;
use Google\Rpc\Status;
use Grpc\Channel;
use Redeem\Auth\V1 as Auth;
use Redeem\Event\V1 as Event;
use Redeem\Options\V1\EventKind;
use Redeem\Serialkey\V1 as Pb;

require 'vendor/autoload.php';

const CAMPAIGNS = '{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}';

$address = getenv('REDEEMD_ADDRESS') ?: '127.0.0.1:50051';
$keyFile = getenv('REDEEMD_KEY_FILE') ?: 'data/admin.key';
$serviceConfig = getenv('REDEEMD_SERVICE_CONFIG') ?: 'generated/descriptors/service_config.json';

/** A call that was refused. */
class Refused extends Exception
{
    /** The typed details: why, about what, and which fields. */
    public array $details = [];

    public function __construct(object $status)
    {
        parent::__construct($status->details, $status->code);
        GPBMetadata\Google\Rpc\ErrorDetails::initOnce();
        $packed = new Status();
        $packed->mergeFromString($status->metadata['grpc-status-details-bin'][0] ?? '');
        foreach ($packed->getDetails() as $any) {
            $detail = $any->unpack();
            $this->details[$detail::class] = $detail;
        }
    }

    public function name(): string
    {
        return Code::name($this->code);
    }
}

/** Waits for the response of a call. */
function answer(Grpc\UnaryCall $call): object
{
    [$answer, $status] = $call->wait();
    return $status->code === Grpc\STATUS_OK ? $answer : throw new Refused($status);
}

/** The responses of a stream, one after the other. */
function answers(Grpc\ServerStreamingCall $call): Generator
{
    yield from $call->responses();
    $status = $call->getStatus();
    if ($status->code !== Grpc\STATUS_OK) {
        throw new Refused($status);
    }
}

// The service config has redeemd's retry policy: what is safe to send again is sent again when the server is away.
$options = ['credentials' => Grpc\ChannelCredentials::createInsecure()];
$channel = new Channel($address, $options + ['grpc.service_config' => file_get_contents($serviceConfig)]);
$logins = new Auth\AuthServiceClient($address, $options, $channel);
$codes = new Pb\SerialKeyServiceClient($address, $options, $channel);
$events = new Event\EventServiceClient($address, $options, $channel);

// Log in. A key is an id and a secret; what comes back is a token for a day, and for a player for an hour.
[$id, $secret] = explode('.', trim(file_get_contents($keyFile)), 2);
$login = new Auth\LoginProjectRequest(['client_id' => $id, 'client_secret' => $secret]);
$project = answer($logins->LoginProject($login));
$server = ['authorization' => ["Bearer {$project->getAccessToken()}"]];
$alice = answer($logins->Login(new Auth\LoginRequest(['user_id' => 'alice']), $server))->getToken();
$bob = answer($logins->Login(new Auth\LoginRequest(['user_id' => 'bob']), $server))->getToken();
echo "logged in: {$project->getTokenType()}\n";

// The metadata of a writing call of the server: sent twice with the same key, it happens once.
$once = fn (string $key): array => $server + ['idempotency-key' => [$key]];

// A campaign.
$shop = 'shop-' . bin2hex(random_bytes(16));
answer($codes->CreateNamespace(new Pb\CreateNamespaceRequest(['name' => $shop]), $once("$shop-make-try-1")));
$campaigns = new Pb\UpdateCurrentCampaignMasterRequest(['namespace_name' => $shop, 'settings' => CAMPAIGNS]);
answer($codes->UpdateCurrentCampaignMaster($campaigns, $once("$shop-campaigns-try-1")));
$spring = ['namespace_name' => $shop, 'campaign_model_name' => 'spring'];
$model = answer($codes->GetCampaignModel(new Pb\GetCampaignModelRequest($spring), $server))->getItem();
echo "campaign: {$model->getName()}\n";

// Codes: issued, and exported as a stream.
$issue = new Pb\IssueRequest($spring + ['issue_request_count' => 5]);
$batch = answer($codes->Issue($issue, $once("$shop-issue-try-1")))->getItem();
echo "issued: {$batch->getIssuedCount()}\n";

/** The codes of the batch, and how many of them are used. */
$export = function () use ($codes, $spring, $batch, $server): array {
    $request = new Pb\StreamSerialKeysRequest($spring + ['issue_job_name' => $batch->getName()]);
    $exported = [];
    $used = 0;
    foreach (answers($codes->StreamSerialKeys($request, $server)) as $chunk) {
        array_push($exported, ...$chunk->getCodes());
        foreach ($chunk->getStates() as $state) {
            $used += $state->getStatus() === Pb\SerialKeyStatus::SERIAL_KEY_STATUS_USED ? 1 : 0;
        }
    }
    return [$exported, $used];
};
[$exported, $used] = $export();
echo 'exported: ' . count($exported) . ", used: $used\n";

/** Redeems a code as a player, whose token is enough; returns the code as it is now. */
$redeem = fn (string $token, string $code, string $key): Pb\SerialKey => answer($codes->Use(new Pb\UseRequest(
    ['namespace_name' => $shop, 'code' => $code, 'access_token' => $token, 'duplication_avoider' => $key],
)))->getItem();

// Redeem. A repeat with the same key gets the same response and has no further effect.
// The key names the intention and the try, never the code: to redeem again after a revert takes another key.
$first = $redeem($alice, $exported[0], "$shop-redeem-1-try-1");
$again = $redeem($alice, $exported[0], "$shop-redeem-1-try-1");
echo "redeemed: by {$first->getUsedUserId()}, revision {$first->getRevision()}\n";
echo 'the same again: ' . ($again == $first ? 'same answer' : 'another answer') . "\n";

// Refused: the status, and the reason with what it is about.
try {
    $redeem($bob, $exported[0], "$shop-redeem-2-try-1");
} catch (Refused $error) {
    $info = $error->details[ErrorInfo::class];
    $about = $info->getMetadata();
    echo "refused: {$error->name()} {$info->getReason()} {$about['component']} {$about['code']}\n";
}

// Refused: a request that breaks the contract, and each field that does.
try {
    $redeem($bob, '', "$shop-redeem-3-try-1");
} catch (Refused $error) {
    $violations = iterator_to_array($error->details[BadRequest::class]->getFieldViolations());
    $fields = implode(' ', array_map(fn ($violation) => $violation->getField(), $violations));
    echo "refused: {$error->name()} {$error->details[ErrorInfo::class]->getReason()} $fields\n";
}

$redeem($bob, $exported[1], "$shop-redeem-4-try-1");
echo "used: {$export()[1]}\n";

// Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
$watch = new Event\WatchEventsRequest(['namespace_names' => [$shop], 'start' => Event\Start::START_OLDEST]);
try {
    foreach (answers($events->WatchEvents($watch, $server, ['timeout' => 2_000_000])) as $answer) {
        foreach ($answer->getItems() as $event) {
            echo rtrim('event: ' . EventKind::name($event->getKind()) . " {$event->getUserId()}") . "\n";
        }
    }
} catch (Refused $error) {
    echo "deadline: {$error->name()}\n";
}
