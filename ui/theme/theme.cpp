namespace bitloom::ui {}
