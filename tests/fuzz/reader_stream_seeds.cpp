// A first input for reader_stream_fuzz: one record of each kind.
#include <fstream>
#include <string>

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    std::ofstream(std::string(argv[1]) + "/seed", std::ios::binary)
        << R"({"document":{"version":1,"kind":"pdf","title":"t"}})" << '\n'
        << R"({"page":{"kind":"page","label":"1","width":1.5,"height":2}})" << '\n'
        << R"({"block":{"kind":"heading","begin":0,"text":"a","level":1}})" << '\n'
        << R"({"table":{"header":["x"]}})" << '\n'
        << R"({"block":{"kind":"table_row","begin":2,"text":"b","heading":0,"table":0}})" << '\n'
        << R"({"lines":[[0,1,0,0,1,1],[2,3,0,0,1,1]]})" << '\n'
        << R"({"warning":{"page":0,"message":"w"}})" << '\n'
        << R"({"end":{"blocks":2}})" << '\n';
    return 0;
}
