package io.maas.api.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import io.maas.api.client.Servers.Server;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ServersTest {
    private long now = Long.MAX_VALUE - 5;

    private final Servers servers =
            new Servers(List.of(URI.create("http://a/"), URI.create("http://b"), URI.create("http://c")), new Ticker() {
                @Override
                public long read() {
                    return now;
                }
            });

    private Server next() {
        return servers.next(Set.of());
    }

    @Test
    void takeTurns() {
        Server a = next();
        Server b = next();
        Server c = next();
        assertThat(Set.of(a, b, c)).hasSize(3);
        assertThat(next()).isSameAs(a);
        assertThat(a.base()).isEqualTo("http://a");
    }

    @Test
    void oneThatFailedIsLeftAloneUntilItAnswersAgain() {
        Server a = next();
        servers.failed(a);
        for (int i = 0; i < 9; i++) {
            assertThat(next()).isNotSameAs(a);
        }
        assertThat(servers.toProbe()).isEmpty();
        now += Duration.ofSeconds(1).toNanos();
        assertThat(servers.toProbe()).containsSame(a);
        assertThat(servers.toProbe()).isEmpty();

        servers.failed(a);
        now += Duration.ofMillis(1900).toNanos();
        assertThat(servers.toProbe()).isEmpty();
        now += Duration.ofMillis(100).toNanos();
        assertThat(servers.toProbe()).containsSame(a);
        servers.answered(a);
        assertThat(List.of(next(), next(), next())).contains(a);
    }

    @Test
    void whereAllHaveFailedThoseAreTriedThatWereNot() {
        Server a = next();
        Server b = next();
        Server c = next();
        for (Server each : List.of(a, b, c)) {
            servers.failed(each);
        }
        assertThat(servers.next(Set.of(a, c))).isSameAs(b);
        assertThat(servers.next(Set.of(a, b, c))).isIn(a, b, c);
    }
}
