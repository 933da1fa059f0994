package io.maas.backend.onnxruntime;

import io.maas.graph.Op;
import java.util.List;

/**
 * What happens to each element of some tensors of one shape, as a list of float32 instructions. Operands are numbered through:
 * first the tensors, then the scalars, then what the instructions compute, in order.
 *
 * @param tensors how many tensors are read, element by element
 * @param scalars how many numbers are the same for all elements
 * @param instructions each reads what stands before it
 * @param results the operands that are kept, element by element
 * @param sums the operands that are added up over all elements
 * @param flushing whether results below the normal range become zero
 */
record UpdateFormula(
        int tensors,
        int scalars,
        List<Instruction> instructions,
        List<Integer> results,
        List<Integer> sums,
        boolean flushing) {
    UpdateFormula {
        instructions = List.copyOf(instructions);
        results = List.copyOf(results);
        sums = List.copyOf(sums);
    }

    /**
     * One operation.
     *
     * @param left an operand
     * @param right another one; not read by operators with one input
     */
    record Instruction(Op op, int left, int right) {}
}
