import com.google.gson.Gson
import com.google.protobuf.Message
import com.google.rpc.BadRequest
import com.google.rpc.ErrorInfo
import dev.redeemd.auth.v1.AuthServiceGrpcKt.AuthServiceCoroutineStub
import dev.redeemd.auth.v1.loginProjectRequest
import dev.redeemd.auth.v1.loginRequest
import dev.redeemd.event.v1.EventServiceGrpcKt.EventServiceCoroutineStub
import dev.redeemd.event.v1.Start
import dev.redeemd.event.v1.watchEventsRequest
import dev.redeemd.serialkey.v1.SerialKey
import dev.redeemd.serialkey.v1.SerialKeyServiceGrpcKt.SerialKeyServiceCoroutineStub
import dev.redeemd.serialkey.v1.SerialKeyStatus
import dev.redeemd.serialkey.v1.createNamespaceRequest
import dev.redeemd.serialkey.v1.getCampaignModelRequest
import dev.redeemd.serialkey.v1.issueRequest
import dev.redeemd.serialkey.v1.streamSerialKeysRequest
import dev.redeemd.serialkey.v1.updateCurrentCampaignMasterRequest
import dev.redeemd.serialkey.v1.useRequest
import io.grpc.Grpc
import io.grpc.InsecureChannelCredentials
import io.grpc.Metadata
import io.grpc.StatusException
import io.grpc.protobuf.StatusProto
import java.nio.file.Path
import java.util.UUID
import java.util.concurrent.TimeUnit
import kotlin.io.path.readText
import kotlinx.coroutines.flow.toList

private val ADDRESS = env("REDEEMD_ADDRESS", "127.0.0.1:50051")
private val KEY_FILE = Path.of(env("REDEEMD_KEY_FILE", "data/admin.key"))
private val SERVICE_CONFIG = Path.of(env("REDEEMD_SERVICE_CONFIG", "generated/descriptors/service_config.json"))

private const val CAMPAIGNS = """{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}"""

/** A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way. */
suspend fun main() {
    // The service config has redeemd's retry policy: what is safe to send again is sent again when the server is away.
    @Suppress("UNCHECKED_CAST")
    val serviceConfig = Gson().fromJson(SERVICE_CONFIG.readText(), Map::class.java) as Map<String, *>
    val channel =
        Grpc.newChannelBuilder(ADDRESS, InsecureChannelCredentials.create()).defaultServiceConfig(serviceConfig).build()
    val logins = AuthServiceCoroutineStub(channel)
    val codes = SerialKeyServiceCoroutineStub(channel)
    val events = EventServiceCoroutineStub(channel)

    // Log in. A key is an id and a secret; what comes back is a token for an hour.
    val (id, secret) = KEY_FILE.readText().trim().split('.', limit = 2)
    val project = logins.loginProject(loginProjectRequest { clientId = id; clientSecret = secret })
    val server = "authorization" to "Bearer ${project.accessToken}"
    val alice = logins.login(loginRequest { userId = "alice" }, metadata(server)).token
    val bob = logins.login(loginRequest { userId = "bob" }, metadata(server)).token
    println("logged in: ${project.tokenType}")

    // The metadata of a writing call of the server: sent twice with the same key, it happens once.
    fun once(key: String) = metadata(server, "idempotency-key" to key)

    // A campaign.
    val shop = "shop-${UUID.randomUUID()}"
    codes.createNamespace(createNamespaceRequest { name = shop }, once("$shop-make-try-1"))
    val campaigns = updateCurrentCampaignMasterRequest { namespaceName = shop; settings = CAMPAIGNS }
    codes.updateCurrentCampaignMaster(campaigns, once("$shop-campaigns-try-1"))
    val spring = getCampaignModelRequest { namespaceName = shop; campaignModelName = "spring" }
    println("campaign: ${codes.getCampaignModel(spring, metadata(server)).item.name}")

    // Codes: issued, and exported as a stream.
    val issue = issueRequest { namespaceName = shop; campaignModelName = "spring"; issueRequestCount = 5 }
    val batch = codes.issue(issue, once("$shop-issue-try-1")).item
    println("issued: ${batch.issuedCount}")

    // The codes of the batch, and how many of them are used.
    suspend fun export(): Pair<List<String>, Int> {
        val request = streamSerialKeysRequest {
            namespaceName = shop
            campaignModelName = "spring"
            issueJobName = batch.name
        }
        val chunks = codes.streamSerialKeys(request, metadata(server)).toList()
        val states = chunks.flatMap { it.statesList }
        return chunks.flatMap { it.codesList } to states.count { it.status == SerialKeyStatus.SERIAL_KEY_STATUS_USED }
    }

    val (exported, used) = export()
    println("exported: ${exported.size}, used: $used")

    // Redeems a code as a player, whose token is enough; returns the code as it is now.
    suspend fun redeem(token: String, serial: String, key: String): SerialKey {
        val request = useRequest {
            namespaceName = shop
            code = serial
            accessToken = token
            duplicationAvoider = key
        }
        return codes.use(request).item
    }

    // Redeem. A repeat with the same key gets the same response and has no further effect.
    // The key names the intention and the try, never the code: to redeem again after a revert takes another key.
    val first = redeem(alice, exported[0], "$shop-redeem-1-try-1")
    val again = redeem(alice, exported[0], "$shop-redeem-1-try-1")
    println("redeemed: by ${first.usedUserId}, revision ${first.revision}")
    println("the same again: ${if (again == first) "same answer" else "another answer"}")

    // Refused: the status, and the reason with what it is about.
    try {
        redeem(bob, exported[0], "$shop-redeem-2-try-1")
    } catch (error: StatusException) {
        val info = error.detail<ErrorInfo>()
        val (component, code) = listOf("component", "code").map { info.getMetadataOrThrow(it) }
        println("refused: ${error.status.code} ${info.reason} $component $code")
    }

    // Refused: a request that breaks the contract, and each field that does.
    try {
        redeem(bob, "", "$shop-redeem-3-try-1")
    } catch (error: StatusException) {
        val fields = error.detail<BadRequest>().fieldViolationsList.joinToString(" ") { it.field }
        println("refused: ${error.status.code} ${error.detail<ErrorInfo>().reason} $fields")
    }

    redeem(bob, exported[1], "$shop-redeem-4-try-1")
    println("used: ${export().second}")

    // Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
    val watch = watchEventsRequest { namespaceNames += shop; start = Start.START_OLDEST }
    try {
        events.withDeadlineAfter(2, TimeUnit.SECONDS).watchEvents(watch, metadata(server)).collect { answer ->
            answer.itemsList.forEach { println("event: ${it.kind} ${it.userId}".trim()) }
        }
    } catch (error: StatusException) {
        println("deadline: ${error.status.code}")
    }
    channel.shutdownNow()
}

/** Returns a typed detail of a refusal: why, about what, or which fields. */
private inline fun <reified T : Message> StatusException.detail(): T =
    StatusProto.fromThrowable(this)!!.detailsList.first { it.`is`(T::class.java) }.unpack(T::class.java)

private fun metadata(vararg headers: Pair<String, String>) = Metadata().apply {
    headers.forEach { (name, value) -> put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value) }
}

private fun env(name: String, otherwise: String) = System.getenv(name) ?: otherwise
