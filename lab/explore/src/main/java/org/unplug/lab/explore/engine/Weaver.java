package org.unplug.lab.explore.engine;

import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Rewrites a class: monitors become the scheduler's, and before each atomic, volatile access and hand-over there is a yield. With a
 * mutation, one instruction of it becomes wrong as well.
 */
final class Weaver extends ClassVisitor {

    private static final String YIELD = "org/unplug/lab/explore/engine/Yield";
    private static final String BODY = "$body";

    private final Set<String> volatiles;
    private final Mutation mutation;
    private String name;
    private boolean mutated;

    private Weaver(ClassVisitor next, Set<String> volatiles, Mutation mutation) {
        super(Opcodes.ASM9, next);
        this.volatiles = volatiles;
        this.mutation = mutation;
    }

    /**
     * @param volatiles the volatile fields of all woven classes, as "owner.name"
     * @param mutation null for none
     * @throws IllegalStateException if the mutation is for this class and nothing in it matches
     */
    static byte[] weave(byte[] original, Set<String> volatiles, Mutation mutation) {
        ClassReader reader = new ClassReader(original);
        Mutation mine = mutation != null && mutation.concerns(reader.getClassName()) ? mutation : null;
        ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
        Weaver weaver = new Weaver(writer, volatiles, mine);
        reader.accept(weaver, 0);
        if (mine != null && !weaver.mutated) {
            throw new IllegalStateException("mutation '" + mine.name() + "' matches nothing in " + mine.type() + "."
                    + mine.method() + ": the code has changed");
        }
        return writer.toByteArray();
    }

    /** Notes the volatile fields of a class. */
    static void findVolatiles(byte[] original, Set<String> into) {
        new ClassReader(original)
                .accept(
                        new ClassVisitor(Opcodes.ASM9) {
                            private String owner;

                            @Override
                            public void visit(int v, int a, String n, String s, String sup, String[] i) {
                                owner = n;
                            }

                            @Override
                            public org.objectweb.asm.FieldVisitor visitField(
                                    int access, String field, String d, String s, Object value) {
                                if ((access & Opcodes.ACC_VOLATILE) != 0) {
                                    into.add(owner + "." + field);
                                }
                                return null;
                            }
                        },
                        ClassReader.SKIP_CODE);
    }

    @Override
    public void visit(int version, int access, String internalName, String signature, String parent, String[] faces) {
        name = internalName;
        super.visit(version, access, internalName, signature, parent, faces);
    }

    @Override
    public MethodVisitor visitMethod(int access, String method, String descriptor, String signature, String[] thrown) {
        boolean mine = mutation != null && mutation.method().equals(method);
        if ((access & Opcodes.ACC_SYNCHRONIZED) == 0) {
            return new Body(
                    super.visitMethod(access, method, descriptor, signature, thrown), access, method, descriptor);
        }
        int bare = access & ~Opcodes.ACC_SYNCHRONIZED;
        if (mine && mutation.change() == Mutation.Change.UNSYNCHRONIZED) {
            mutated = true;
            return new Body(super.visitMethod(bare, method, descriptor, signature, thrown), bare, method, descriptor);
        }
        wrapper(bare, method, descriptor, thrown);
        int hidden = bare & ~(Opcodes.ACC_PUBLIC | Opcodes.ACC_PROTECTED) | Opcodes.ACC_PRIVATE;
        return new Body(super.visitMethod(hidden, method + BODY, descriptor, null, thrown), hidden, method, descriptor);
    }

    /** Enters, calls the body, exits however that ends. */
    private void wrapper(int access, String method, String descriptor, String[] thrown) {
        boolean isStatic = (access & Opcodes.ACC_STATIC) != 0;
        MethodVisitor to = super.visitMethod(access, method, descriptor, null, thrown);
        to.visitCode();
        Label from = new Label();
        Label end = new Label();
        Label handler = new Label();
        to.visitTryCatchBlock(from, end, handler, null);
        pushMonitor(to, isStatic);
        to.visitLdcInsn(Sites.number(simple(name) + "." + method + " enter"));
        to.visitMethodInsn(Opcodes.INVOKESTATIC, YIELD, "enter", "(Ljava/lang/Object;I)V", false);
        to.visitLabel(from);
        int slot = 0;
        if (!isStatic) {
            to.visitVarInsn(Opcodes.ALOAD, slot++);
        }
        for (Type argument : Type.getArgumentTypes(descriptor)) {
            to.visitVarInsn(argument.getOpcode(Opcodes.ILOAD), slot);
            slot += argument.getSize();
        }
        to.visitMethodInsn(
                isStatic ? Opcodes.INVOKESTATIC : Opcodes.INVOKESPECIAL, name, method + BODY, descriptor, false);
        to.visitLabel(end);
        pushMonitor(to, isStatic);
        to.visitMethodInsn(Opcodes.INVOKESTATIC, YIELD, "exit", "(Ljava/lang/Object;)V", false);
        to.visitInsn(Type.getReturnType(descriptor).getOpcode(Opcodes.IRETURN));
        to.visitLabel(handler);
        frame(to, isStatic, descriptor);
        pushMonitor(to, isStatic);
        to.visitMethodInsn(Opcodes.INVOKESTATIC, YIELD, "exit", "(Ljava/lang/Object;)V", false);
        to.visitInsn(Opcodes.ATHROW);
        to.visitMaxs(0, 0);
        to.visitEnd();
    }

    private void frame(MethodVisitor to, boolean isStatic, String descriptor) {
        Type[] arguments = Type.getArgumentTypes(descriptor);
        Object[] locals = new Object[arguments.length + (isStatic ? 0 : 1)];
        int at = 0;
        if (!isStatic) {
            locals[at++] = name;
        }
        for (Type argument : arguments) {
            locals[at++] = switch (argument.getSort()) {
                case Type.LONG -> Opcodes.LONG;
                case Type.DOUBLE -> Opcodes.DOUBLE;
                case Type.FLOAT -> Opcodes.FLOAT;
                case Type.OBJECT, Type.ARRAY -> argument.getInternalName();
                default -> Opcodes.INTEGER;
            };
        }
        to.visitFrame(Opcodes.F_NEW, locals.length, locals, 1, new Object[] {"java/lang/Throwable"});
    }

    private void pushMonitor(MethodVisitor to, boolean isStatic) {
        if (isStatic) {
            to.visitLdcInsn(Type.getObjectType(name));
        } else {
            to.visitVarInsn(Opcodes.ALOAD, 0);
        }
    }

    private static String simple(String internalName) {
        return internalName.substring(internalName.lastIndexOf('/') + 1);
    }

    /** A method's instructions. */
    private final class Body extends MethodVisitor {
        private final String method;
        private final Type result;
        private final boolean mine;
        private int line;
        private int matches;
        private boolean negateNext;

        Body(MethodVisitor to, int access, String method, String descriptor) {
            super(Opcodes.ASM9, to);
            this.method = method;
            this.result = Type.getReturnType(descriptor);
            this.mine = mutation != null
                    && mutation.method().equals(method)
                    && (access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_BRIDGE)) == 0;
        }

        private boolean matches(Mutation.Change... changes) {
            for (Mutation.Change change : changes) {
                if (mine && mutation.change() == change && ++matches == mutation.nth()) {
                    mutated = true;
                    return true;
                }
            }
            return false;
        }

        @Override
        public void visitCode() {
            super.visitCode();
            if (matches(Mutation.Change.EMPTY, Mutation.Change.ALWAYS_TRUE)) {
                // A branch that is never taken keeps what follows reachable for the verifier.
                Label rest = new Label();
                super.visitInsn(Opcodes.ICONST_0);
                super.visitJumpInsn(Opcodes.IFNE, rest);
                push(result, mutation.change() == Mutation.Change.ALWAYS_TRUE);
                super.visitInsn(result.getOpcode(Opcodes.IRETURN));
                super.visitLabel(rest);
                super.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
                super.visitInsn(Opcodes.NOP);
            }
        }

        private void push(Type type, boolean one) {
            switch (type.getSort()) {
                case Type.VOID -> {}
                case Type.LONG -> super.visitInsn(one ? Opcodes.LCONST_1 : Opcodes.LCONST_0);
                case Type.OBJECT, Type.ARRAY -> super.visitInsn(Opcodes.ACONST_NULL);
                default -> super.visitInsn(one ? Opcodes.ICONST_1 : Opcodes.ICONST_0);
            }
        }

        @Override
        public void visitLineNumber(int number, Label start) {
            line = number;
            super.visitLineNumber(number, start);
        }

        private void site(String what) {
            super.visitLdcInsn(Sites.number(simple(name) + "." + method + ":" + line + " " + what));
        }

        private void yields(String what) {
            site(what);
            super.visitMethodInsn(Opcodes.INVOKESTATIC, YIELD, "point", "(I)V", false);
        }

        @Override
        public void visitInsn(int opcode) {
            if (opcode == Opcodes.MONITORENTER) {
                site("synchronized");
                super.visitMethodInsn(Opcodes.INVOKESTATIC, YIELD, "enter", "(Ljava/lang/Object;I)V", false);
            } else if (opcode == Opcodes.MONITOREXIT) {
                super.visitMethodInsn(Opcodes.INVOKESTATIC, YIELD, "exit", "(Ljava/lang/Object;)V", false);
            } else {
                super.visitInsn(opcode);
            }
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String field, String descriptor) {
            boolean store = opcode == Opcodes.PUTFIELD || opcode == Opcodes.PUTSTATIC;
            if (volatiles.contains(owner + "." + field)) {
                yields(store ? field + " =" : field);
            }
            if (store && field.equals(mineTarget()) && matches(Mutation.Change.DROP_STORE)) {
                pop(Type.getType(descriptor));
                if (opcode == Opcodes.PUTFIELD) {
                    super.visitInsn(Opcodes.POP);
                }
                return;
            }
            super.visitFieldInsn(opcode, owner, field, descriptor);
        }

        private String mineTarget() {
            return mine ? mutation.target() : "";
        }

        private void pop(Type type) {
            if (type.getSize() > 0) {
                super.visitInsn(type.getSize() == 2 ? Opcodes.POP2 : Opcodes.POP);
            }
        }

        @Override
        public void visitJumpInsn(int opcode, Label label) {
            boolean conditional = opcode != Opcodes.GOTO && opcode != Opcodes.JSR;
            if (conditional && (negateNext || mineTarget().isEmpty() && matches(Mutation.Change.NEGATE_BRANCH))) {
                negateNext = false;
                super.visitJumpInsn(opposite(opcode), label);
                return;
            }
            super.visitJumpInsn(opcode, label);
        }

        private int opposite(int opcode) {
            if (opcode == Opcodes.IFNULL || opcode == Opcodes.IFNONNULL) {
                return opcode == Opcodes.IFNULL ? Opcodes.IFNONNULL : Opcodes.IFNULL;
            }
            return (opcode + 1 ^ 1) - 1;
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String called, String descriptor, boolean face) {
            if (descriptor.equals("()V") && (called.equals("notifyAll") || called.equals("notify"))) {
                // Final in Object, so it is that, although javac since 18 names the class that it is called on.
                if (called.equals(mineTarget()) && matches(Mutation.Change.DROP_CALL)) {
                    super.visitInsn(Opcodes.POP);
                } else {
                    super.visitMethodInsn(Opcodes.INVOKESTATIC, YIELD, "notifyAll", "(Ljava/lang/Object;)V", false);
                }
                return;
            }
            if (owner.equals("java/util/concurrent/locks/Lock") && called.equals("lock")) {
                site("lock");
                super.visitMethodInsn(
                        Opcodes.INVOKESTATIC, YIELD, "lock", "(Ljava/util/concurrent/locks/Lock;I)V", false);
                return;
            }
            if (owner.equals("java/lang/Thread") && called.equals("holdsLock")) {
                super.visitMethodInsn(Opcodes.INVOKESTATIC, YIELD, "holdsLock", "(Ljava/lang/Object;)Z", false);
                return;
            }
            if (owner.equals("java/lang/Thread") && called.equals("getId")) {
                super.visitMethodInsn(Opcodes.INVOKESTATIC, YIELD, "threadId", "(Ljava/lang/Thread;)J", false);
                return;
            }
            if (owner.equals("java/nio/ByteBuffer") && called.equals("allocateDirect")) {
                // The same to its user, and gone with the execution.
                super.visitMethodInsn(opcode, owner, "allocate", descriptor, false);
                return;
            }
            if (owner.equals("java/lang/ThreadLocal") && opcode == Opcodes.INVOKEVIRTUAL) {
                String with = "(Ljava/lang/ThreadLocal;" + descriptor.substring(1);
                super.visitMethodInsn(Opcodes.INVOKESTATIC, YIELD, called + "Local", with, false);
                return;
            }
            if (isAtomic(owner, called)) {
                yields(simple(owner) + "." + called);
            }
            if (called.equals(mineTarget()) && replaced(opcode, owner, called, descriptor, face)) {
                return;
            }
            super.visitMethodInsn(opcode, owner, called, descriptor, face);
        }

        private boolean isAtomic(String owner, String called) {
            return !called.equals("<init>")
                    && (owner.startsWith("java/util/concurrent/atomic/")
                            || owner.equals("java/lang/invoke/VarHandle")
                            || owner.equals("org/unplug/block/spi/DiskDriver")
                            || owner.equals("org/unplug/block/Bio$End")
                            || owner.equals("org/unplug/block/Holder"));
        }

        private boolean replaced(int opcode, String owner, String called, String descriptor, boolean face) {
            if (matches(Mutation.Change.NEGATE_BRANCH)) {
                negateNext = true;
                return false;
            }
            boolean drop = mutation.change() == Mutation.Change.DROP_CALL;
            boolean isTrue = mutation.change() == Mutation.Change.SAY_TRUE;
            boolean twice = mutation.change() == Mutation.Change.TWICE;
            Type[] arguments = Type.getArgumentTypes(descriptor);
            if (!drop && !isTrue && !twice || !matches(mutation.change())) {
                return false;
            }
            if (twice) {
                // For calls without arguments on one object.
                super.visitInsn(Opcodes.DUP);
                super.visitMethodInsn(opcode, owner, called, descriptor, face);
                pop(Type.getReturnType(descriptor));
                super.visitMethodInsn(opcode, owner, called, descriptor, face);
                return true;
            }
            for (int i = arguments.length - 1; i >= 0; i--) {
                pop(arguments[i]);
            }
            if (opcode != Opcodes.INVOKESTATIC) {
                super.visitInsn(Opcodes.POP);
            }
            push(Type.getReturnType(descriptor), isTrue);
            return true;
        }
    }
}
