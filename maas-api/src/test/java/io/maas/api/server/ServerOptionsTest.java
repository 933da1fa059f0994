package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServerOptionsTest {
    @Test
    void defaultsAreLoopbackAnyPortAndBoundedBodies() {
        ServerOptions defaults = ServerOptions.defaults();
        assertThat(defaults.host()).isEqualTo("127.0.0.1");
        assertThat(defaults.port()).isZero();
        assertThat(defaults.limits().maxBodyBytes()).isEqualTo(67_108_864);
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        ServerOptions defaults = ServerOptions.defaults();
        assertThatThrownBy(() -> defaults.withPort(65536)).hasMessage("port: 65536 (expected: 0 <= port <= 65535)");
        assertThatThrownBy(() -> defaults.withPort(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> defaults.limits().withMaxBodyBytes(0))
                .hasMessage("maxBodyBytes: 0 (expected: maxBodyBytes > 0)");
        assertThatThrownBy(() -> defaults.limits().withIdleTimeout(Duration.ZERO))
                .hasMessage("idleTimeout: PT0S (expected: 1 ms <= idleTimeout <= 1 day)");
    }
}
