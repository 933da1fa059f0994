package io.maas.api.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrorCodecTest {
    private final ErrorCodec codec = new ErrorCodec();

    @Test
    void errorsAreReadWhereThereAreAny() {
        assertThat(codec.read(codec.write("not_found", "no \"x\"", "7")))
                .isEqualTo(new ErrorCodec.WireError("no \"x\"", "not_found"));
        assertThat(codec.read("{\"error\":\"of another server\"}".getBytes(UTF_8)))
                .isEqualTo(new ErrorCodec.WireError("of another server", ""));
        assertThat(codec.read("<html>".getBytes(UTF_8))).isNull();
        assertThat(codec.read("{}".getBytes(UTF_8))).isNull();
        assertThat(codec.read(new byte[0])).isNull();
    }

    @Test
    void openAiHasAFormOfItsOwn() {
        assertThat(new String(codec.writeOpenAi(404, "not_found", "no model \"x\""), UTF_8))
                .isEqualTo(
                        "{\"error\":{\"message\":\"no model \\\"x\\\"\",\"type\":\"invalid_request_error\",\"param\":null,"
                                + "\"code\":\"not_found\"}}");
    }
}
