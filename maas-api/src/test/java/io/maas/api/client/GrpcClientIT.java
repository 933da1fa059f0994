package io.maas.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.Models;
import io.maas.api.ScriptedBackend;
import io.maas.api.Service;
import io.maas.api.client.ClientOptions.Retries;
import io.maas.api.server.MaasServer;
import io.maas.api.server.ServerLimits;
import io.maas.api.server.ServerOptions;
import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.QuotaExceededException;
import io.maas.model.Model;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is gRPC's own: several servers, addresses. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GrpcClientIT {
    private static final Tensors ROW = Tensors.of("x", Tensor.of(new float[] {1, 0, 0}, 1, 3));

    private static URI grpc(Service... services) {
        StringBuilder address = new StringBuilder("grpc://");
        for (Service service : services) {
            address.append(address.length() > 7 ? "," : "")
                    .append("127.0.0.1:")
                    .append(service.server().port());
        }
        return URI.create(address.toString());
    }

    @Test
    void listsModelsAndKnowsWhenTheServerIsReady() {
        try (Service service = Service.start();
                MaasClient client = MaasClient.connect(grpc(service))) {
            assertThat(client.models()).isEmpty();
            service.serve("b", Models.affine(0));
            service.serve("a", Models.log());
            assertThat(client.models()).containsExactly("a", "b");
            assertThat(client.isReady()).isTrue();
            service.maas().close();
            assertThat(client.isReady()).isFalse();
            service.server().close();
            assertThat(client.isReady()).isFalse();
        }
    }

    @Test
    void addressesThatAreNoneAreRefused() {
        for (String address :
                new String[] {"grpc://127.0.0.1", "grpc:///x", "grpc://a:1,b", "grpcs://a:x", "grpc://:8"}) {
            assertThatThrownBy(() -> MaasClient.connect(URI.create(address)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("server: " + address + " (expected: an address such as grpc://127.0.0.1:8080)");
        }
    }

    private static int nobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void noServerAtTheAddressIsSaid() throws IOException {
        URI address = URI.create("grpc://127.0.0.1:" + nobody());
        try (MaasClient client = MaasClient.connect(address)) {
            assertThat(client.isReady()).isFalse();
            assertThatThrownBy(() -> client.model("m"))
                    .isExactlyInstanceOf(MaasException.class)
                    .hasMessage("cannot connect to " + address
                            + " (expected: a server there); start it or mend the address");
        }
    }

    @Test
    void severalServersAreTakenInTurn() {
        try (Service one = Service.start();
                Service two = Service.start();
                MaasClient client = MaasClient.connect(grpc(one, two))) {
            one.serve("m", Models.affine(1));
            two.serve("m", Models.affine(2));
            Model model = client.model("m");
            int[] answers = new int[3];
            for (int i = 0; i < 10; i++) {
                answers[(int) model.predict(ROW).get("y").floats().get(0) - 1]++;
            }
            assertThat(answers).containsExactly(0, 5, 5);
        }
    }

    @Test
    void aServerThatIsNotThereIsLeftOut() throws IOException {
        try (Service service = Service.start();
                MaasClient client = MaasClient.connect(URI.create(grpc(service) + ",127.0.0.1:" + nobody()))) {
            service.serve("m", Models.affine(1));
            Model model = client.model("m");
            for (int i = 0; i < 20; i++) {
                assertThat(model.predict(ROW).get("y").floats().get(0)).isEqualTo(2);
            }
        }
    }

    @Test
    void whatIsTooLongIsInvalidAndWhatIsTooMuchIsAQuota() {
        try (Service service = Service.start(ServerOptions.defaults()
                        .withLimits(ServerLimits.defaults().withMaxBodyBytes(10_000)));
                MaasClient client = MaasClient.connect(grpc(service))) {
            ScriptedBackend engine = service.script("m", Models.affine(0), 1);
            Model model = client.model("m");
            assertThatThrownBy(() -> model.predict(Tensors.of("x", Tensor.of(new float[30_000], 10_000, 3))))
                    .isExactlyInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith("message is too long (expected: at most 10000 bytes)");
            engine.play(inputs -> {
                throw new QuotaExceededException("used up", Duration.ofMillis(1200));
            });
            assertThatThrownBy(() -> model.predict(ROW))
                    .isInstanceOfSatisfying(
                            QuotaExceededException.class,
                            e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofMillis(1200)));
        }
    }

    private static final ClientOptions IMPATIENT = ClientOptions.defaults().withRequestTimeout(Duration.ofMillis(500));

    @Test
    void whatTakesNoOptionsHasTheClientsTimeout() throws IOException {
        try (Standing standing = new Standing();
                MaasClient client = MaasClient.connect(standing.uri("grpc"), IMPATIENT)) {
            assertThat(client.isReady()).isFalse();
            assertThatThrownBy(() -> client.model("m"))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessage(
                            "no answer from " + standing.uri("grpc") + " within PT0.5S; allow more time or send less");
            assertThatThrownBy(client::models).isInstanceOf(DeadlineExceededException.class);
        }
    }

    @Test
    void aServerThatStandsStillIsLeftAloneAndReadsGoToTheNext() throws IOException {
        try (Standing standing = new Standing();
                Service service = Service.start()) {
            service.serve("m", Models.affine(1));
            URI both = URI.create(
                    standing.uri("grpc") + ",127.0.0.1:" + service.server().port());
            try (MaasClient client =
                    MaasClient.connect(both, ClientOptions.defaults().withRequestTimeout(Duration.ofSeconds(5)))) {
                assertThat(client.models()).containsExactly("m");
                Model model = client.model("m");
                for (int i = 0; i < 20; i++) {
                    assertThat(model.predict(ROW).version()).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void aServerThatIsBackIsFoundAtOnce() {
        try (Service service = Service.start()) {
            service.serve("m", Models.affine(1));
            int port = service.server().port();
            try (MaasClient client = MaasClient.connect(grpc(service))) {
                Model model = client.model("m");
                service.server().close();
                for (int i = 0; i < 3; i++) {
                    assertThatThrownBy(() -> model.predict(ROW)).isInstanceOf(MaasException.class);
                }
                try (MaasServer again = MaasServer.start(
                        service.maas(), ServerOptions.defaults().withPort(port))) {
                    assertThat(again.port()).isEqualTo(port);
                    assertThat(model.predict(ROW).version()).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void addressesMayBeOfIpv6() {
        try (MaasClient client = MaasClient.connect(URI.create("grpc://[::1]:1"))) {
            assertThatThrownBy(client::models)
                    .isExactlyInstanceOf(MaasException.class)
                    .hasMessageStartingWith("cannot connect to grpc://[::1]:1 (");
        }
    }

    @Test
    void whoCannotBeConnectedToInTimeIsGivenUp() throws IOException {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> waiting = new ArrayList<>();
            try {
                for (int i = 0; i < 4; i++) { // More than it lets wait: what comes now is not answered.
                    Socket socket = new Socket();
                    waiting.add(socket);
                    try {
                        socket.connect(full.getLocalSocketAddress(), 200);
                    } catch (SocketTimeoutException e) {
                        break;
                    }
                }
                ClientOptions options = ClientOptions.defaults()
                        .withConnectTimeout(Duration.ofMillis(300))
                        .withRequestTimeout(Duration.ofSeconds(100))
                        .withRetries(new Retries(1, Duration.ZERO, Duration.ZERO));
                try (MaasClient client =
                        MaasClient.connect(URI.create("grpc://127.0.0.1:" + full.getLocalPort()), options)) {
                    long start = System.nanoTime();
                    assertThatThrownBy(client::models).hasMessageStartingWith("cannot connect to ");
                    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
                }
            } finally {
                for (Socket each : waiting) {
                    each.close();
                }
            }
        }
    }
}
