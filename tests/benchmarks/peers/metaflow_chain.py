"""A chain of thirty steps for Metaflow.

`python metaflow_chain.py --datastore s3 argo-workflows create --only-json`
"""

from metaflow import FlowSpec, step


class ChainFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.s1)

    @step
    def s1(self):
        self.next(self.s2)

    @step
    def s2(self):
        self.next(self.s3)

    @step
    def s3(self):
        self.next(self.s4)

    @step
    def s4(self):
        self.next(self.s5)

    @step
    def s5(self):
        self.next(self.s6)

    @step
    def s6(self):
        self.next(self.s7)

    @step
    def s7(self):
        self.next(self.s8)

    @step
    def s8(self):
        self.next(self.s9)

    @step
    def s9(self):
        self.next(self.s10)

    @step
    def s10(self):
        self.next(self.s11)

    @step
    def s11(self):
        self.next(self.s12)

    @step
    def s12(self):
        self.next(self.s13)

    @step
    def s13(self):
        self.next(self.s14)

    @step
    def s14(self):
        self.next(self.s15)

    @step
    def s15(self):
        self.next(self.s16)

    @step
    def s16(self):
        self.next(self.s17)

    @step
    def s17(self):
        self.next(self.s18)

    @step
    def s18(self):
        self.next(self.s19)

    @step
    def s19(self):
        self.next(self.s20)

    @step
    def s20(self):
        self.next(self.s21)

    @step
    def s21(self):
        self.next(self.s22)

    @step
    def s22(self):
        self.next(self.s23)

    @step
    def s23(self):
        self.next(self.s24)

    @step
    def s24(self):
        self.next(self.s25)

    @step
    def s25(self):
        self.next(self.s26)

    @step
    def s26(self):
        self.next(self.s27)

    @step
    def s27(self):
        self.next(self.s28)

    @step
    def s28(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ChainFlow()
