package io.maas.backend.nd4j;

import io.maas.backend.Backend;
import io.maas.backend.Capability;
import io.maas.backend.tck.OperatorContract;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import java.util.Set;

class Nd4jOperatorTest extends OperatorContract {
    @Override
    protected Backend backend() {
        return new Nd4jBackend();
    }

    @Override
    protected Set<Capability> lacks() {
        return Nd4jLacks.CAPABILITIES;
    }

    @Override
    protected boolean lacks(Op op, DataType type) {
        if (!Coverage.runs(op, DataType.FLOAT32)) {
            return true;
        }
        return switch (type) {
            case FLOAT32, FLOAT64, BOOL -> false;
            case INT32, INT64 -> op == Op.ERF || op == Op.GEMM || op == Op.MATMUL;
            case INT8, UINT8, INT16, UINT16, UINT32, UINT64, FLOAT16, BFLOAT16, STRING -> true;
        };
    }
}
