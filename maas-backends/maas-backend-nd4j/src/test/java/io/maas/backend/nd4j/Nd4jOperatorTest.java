package io.maas.backend.nd4j;

import io.maas.backend.Backend;
import io.maas.backend.Capability;
import io.maas.backend.tck.OperatorContract;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import java.util.EnumSet;
import java.util.Set;

class Nd4jOperatorTest extends OperatorContract {
    @Override
    protected Backend backend() {
        return new Nd4jBackend();
    }

    @Override
    protected Set<Capability> lacks() {
        return EnumSet.of(Capability.OTHER_OPERATORS, Capability.STRINGS, Capability.HALF_PRECISION);
    }

    @Override
    protected boolean lacks(Op op, DataType type) {
        return switch (type) {
            case FLOAT32, FLOAT64 -> false;
            case INT32, INT64 -> op == Op.MATMUL || op == Op.GEMM;
            case BOOL -> false;
            case INT8, UINT8, INT16, UINT16, UINT32, UINT64, FLOAT16, BFLOAT16, STRING -> true;
        };
    }
}
