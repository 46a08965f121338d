import com.google.gson.Gson;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.ErrorInfo;
import dev.redeemd.auth.v1.AuthServiceGrpc;
import dev.redeemd.auth.v1.LoginProjectRequest;
import dev.redeemd.auth.v1.LoginRequest;
import dev.redeemd.event.v1.Event;
import dev.redeemd.event.v1.EventServiceGrpc;
import dev.redeemd.event.v1.Start;
import dev.redeemd.event.v1.WatchEventsRequest;
import dev.redeemd.serialkey.v1.CreateNamespaceRequest;
import dev.redeemd.serialkey.v1.GetCampaignModelRequest;
import dev.redeemd.serialkey.v1.IssueRequest;
import dev.redeemd.serialkey.v1.SerialKey;
import dev.redeemd.serialkey.v1.SerialKeyServiceGrpc;
import dev.redeemd.serialkey.v1.SerialKeyServiceGrpc.SerialKeyServiceBlockingStub;
import dev.redeemd.serialkey.v1.SerialKeyStatus;
import dev.redeemd.serialkey.v1.StreamSerialKeysRequest;
import dev.redeemd.serialkey.v1.UpdateCurrentCampaignMasterRequest;
import dev.redeemd.serialkey.v1.UseRequest;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way. */
public final class FirstCall {
  private static final String ADDRESS = env("REDEEMD_ADDRESS", "127.0.0.1:50051");
  private static final Path KEY_FILE = Path.of(env("REDEEMD_KEY_FILE", "data/admin.key"));
  private static final Path SERVICE_CONFIG =
      Path.of(env("REDEEMD_SERVICE_CONFIG", "generated/descriptors/service_config.json"));

  private static final String CAMPAIGNS = "{\"version\": \"2022-09-13\", \"campaignModels\": [{\"name\": \"spring\"}]}";

  public static void main(String[] args) throws IOException {
    // The service config has redeemd's retry policy: what is safe to send again is sent again when the server is away.
    Map<String, ?> serviceConfig = new Gson().fromJson(Files.readString(SERVICE_CONFIG), Map.class);
    var channel =
        Grpc.newChannelBuilder(ADDRESS, InsecureChannelCredentials.create())
            .defaultServiceConfig(serviceConfig)
            .build();
    var logins = AuthServiceGrpc.newBlockingStub(channel);
    var players = SerialKeyServiceGrpc.newBlockingStub(channel);

    // Log in. A key is an id and a secret; what comes back is a token for an hour.
    String[] key = Files.readString(KEY_FILE).strip().split("\\.", 2);
    var project =
        logins.loginProject(LoginProjectRequest.newBuilder().setClientId(key[0]).setClientSecret(key[1]).build());
    var server = header("authorization", "Bearer " + project.getAccessToken());
    var codes = players.withInterceptors(server);
    var events = EventServiceGrpc.newBlockingStub(channel).withInterceptors(server);
    logins = logins.withInterceptors(server);
    String alice = logins.login(LoginRequest.newBuilder().setUserId("alice").build()).getToken();
    String bob = logins.login(LoginRequest.newBuilder().setUserId("bob").build()).getToken();
    System.out.printf("logged in: %s%n", project.getTokenType());

    // A campaign.
    String shop = "shop-" + UUID.randomUUID();
    once(codes, shop + "-make-try-1").createNamespace(CreateNamespaceRequest.newBuilder().setName(shop).build());
    var campaigns =
        UpdateCurrentCampaignMasterRequest.newBuilder().setNamespaceName(shop).setSettings(CAMPAIGNS).build();
    once(codes, shop + "-campaigns-try-1").updateCurrentCampaignMaster(campaigns);
    var spring = GetCampaignModelRequest.newBuilder().setNamespaceName(shop).setCampaignModelName("spring").build();
    System.out.printf("campaign: %s%n", codes.getCampaignModel(spring).getItem().getName());

    // Codes: issued, and exported as a stream.
    var issue =
        IssueRequest.newBuilder()
            .setNamespaceName(shop)
            .setCampaignModelName("spring")
            .setIssueRequestCount(5)
            .build();
    var batch = once(codes, shop + "-issue-try-1").issue(issue).getItem();
    System.out.printf("issued: %d%n", batch.getIssuedCount());
    var all =
        StreamSerialKeysRequest.newBuilder()
            .setNamespaceName(shop)
            .setCampaignModelName("spring")
            .setIssueJobName(batch.getName())
            .build();
    Export exported = export(codes, all);
    System.out.printf("exported: %d, used: %d%n", exported.codes().size(), exported.used());

    // Redeem. A repeat with the same key gets the same response and has no further effect.
    // The key names the intention and the try, never the code: to redeem again after a revert takes another key.
    String code = exported.codes().get(0);
    SerialKey first = redeem(players, shop, alice, code, shop + "-redeem-1-try-1");
    SerialKey again = redeem(players, shop, alice, code, shop + "-redeem-1-try-1");
    System.out.printf("redeemed: by %s, revision %d%n", first.getUsedUserId(), first.getRevision());
    System.out.printf("the same again: %s%n", again.equals(first) ? "same answer" : "another answer");

    // Refused: the status, and the reason with what it is about.
    try {
      redeem(players, shop, bob, code, shop + "-redeem-2-try-1");
    } catch (StatusRuntimeException error) {
      ErrorInfo info = detail(error, ErrorInfo.class);
      String component = info.getMetadataOrThrow("component");
      System.out.printf(
          "refused: %s %s %s %s%n",
          error.getStatus().getCode(), info.getReason(), component, info.getMetadataOrThrow("code"));
    }

    // Refused: a request that breaks the contract, and each field that does.
    try {
      redeem(players, shop, bob, "", shop + "-redeem-3-try-1");
    } catch (StatusRuntimeException error) {
      String fields =
          detail(error, BadRequest.class).getFieldViolationsList().stream()
              .map(FieldViolation::getField)
              .collect(Collectors.joining(" "));
      String reason = detail(error, ErrorInfo.class).getReason();
      System.out.printf("refused: %s %s %s%n", error.getStatus().getCode(), reason, fields);
    }

    redeem(players, shop, bob, exported.codes().get(1), shop + "-redeem-4-try-1");
    System.out.printf("used: %d%n", export(codes, all).used());

    // Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
    var watch = WatchEventsRequest.newBuilder().addNamespaceNames(shop).setStart(Start.START_OLDEST).build();
    var watched = events.withDeadlineAfter(2, TimeUnit.SECONDS).watchEvents(watch);
    try {
      while (watched.hasNext()) {
        for (Event event : watched.next().getItemsList()) {
          System.out.println(("event: " + event.getKind() + " " + event.getUserId()).strip());
        }
      }
    } catch (StatusRuntimeException error) {
      System.out.printf("deadline: %s%n", error.getStatus().getCode());
    }
    channel.shutdownNow();
  }

  /** The codes of a batch, and how many of them are used. */
  private record Export(List<String> codes, long used) {}

  private static Export export(SerialKeyServiceBlockingStub codes, StreamSerialKeysRequest request) {
    List<String> exported = new ArrayList<>();
    List<SerialKeyStatus> statuses = new ArrayList<>();
    codes
        .streamSerialKeys(request)
        .forEachRemaining(
            chunk -> {
              exported.addAll(chunk.getCodesList());
              chunk.getStatesList().forEach(state -> statuses.add(state.getStatus()));
            });
    return new Export(exported, statuses.stream().filter(SerialKeyStatus.SERIAL_KEY_STATUS_USED::equals).count());
  }

  /** Redeems a code as a player, whose token is enough; returns the code as it is now. */
  private static SerialKey redeem(
      SerialKeyServiceBlockingStub players, String shop, String token, String code, String key) {
    var request =
        UseRequest.newBuilder()
            .setNamespaceName(shop)
            .setCode(code)
            .setAccessToken(token)
            .setDuplicationAvoider(key)
            .build();
    return players.use(request).getItem();
  }

  /** Returns the stub for a writing call of the server: sent twice with the same key, it happens once. */
  private static SerialKeyServiceBlockingStub once(SerialKeyServiceBlockingStub codes, String key) {
    return codes.withInterceptors(header("idempotency-key", key));
  }

  private static ClientInterceptor header(String name, String value) {
    var metadata = new Metadata();
    metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    return MetadataUtils.newAttachHeadersInterceptor(metadata);
  }

  /** Returns a typed detail of a refusal: why, about what, or which fields. */
  private static <T extends Message> T detail(StatusRuntimeException error, Class<T> type)
      throws InvalidProtocolBufferException {
    for (Any packed : StatusProto.fromThrowable(error).getDetailsList()) {
      if (packed.is(type)) {
        return packed.unpack(type);
      }
    }
    throw error;
  }

  private static String env(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }
}
