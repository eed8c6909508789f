#include "app/command_tree.h"

#include <fmt/format.h>

#include <algorithm>

namespace heaters::app {

namespace {

bool is_shown(const CLI::App& command) {
  return !command.get_group().empty() && !command.get_name().empty();
}

std::vector<const CLI::App*> commands_of(const CLI::App& command) {
  std::vector<const CLI::App*> shown;
  for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (is_shown(*each)) shown.push_back(each);
  }
  return shown;
}

std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  std::vector<const CLI::Option*> shown;
  for (const CLI::Option* each : command.get_options()) {
    if (!each->get_group().empty()) shown.push_back(each);
  }
  return shown;
}

// "heaters pools list"
std::string full_name(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return (parent != nullptr ? full_name(*parent) + " " : "") + command.get_name();
}

// For troff: nothing in it is a request, an escape or a hyphen that may be a dash.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

std::string names_of(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true, false);
  std::string names;
  for (const std::string& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames()) names += (names.empty() ? "--" : ", --") + name;
  return names;
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0 && option.get_type_size_max() > 0;
}

std::string value_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return takes_value(option) && !option.get_positional() ? " " + (type.empty() ? "VALUE" : type) : "";
}

std::string synopsis(const CLI::App& command) {
  std::string line = ".B " + plain(full_name(command)) + "\n";
  if (!commands_of(command).empty()) line += ".I COMMAND\n";
  line += "[options]\n";
  for (const CLI::Option* option : options_of(command)) {
    if (!option->get_positional()) continue;
    const bool is_many = option->get_items_expected_max() > 1;
    const std::string name = option->get_name(true, false) + (is_many ? "..." : "");
    line += ".I " + plain(option->get_required() ? name : "[" + name + "]") + "\n";
  }
  return line;
}

std::string option_list(const CLI::App& command) {
  std::string list;
  for (const CLI::Option* option : options_of(command)) {
    list += fmt::format(".TP\n.B {}\n{}\n", plain(names_of(*option) + value_of(*option)),
                        plain(option->get_description()));
  }
  return list;
}

std::string head(const std::string& name, const std::string& version, const std::string& what) {
  return fmt::format(".TH {} 1 \"\" \"Heaters {}\" \"Heaters\"\n.SH NAME\n{} \\- {}\n", plain(name),
                     plain(version), plain(name), plain(what));
}

std::string page_of_command(const CLI::App& app, const CLI::App& command, const std::string& version) {
  const std::string& what = command.get_description();
  std::string page = head("heaters-" + command.get_name(), version, what) + ".SH SYNOPSIS\n" +
                     synopsis(command) + ".SH OPTIONS\n" + option_list(command);
  for (const CLI::App* each : commands_of(command)) {
    page += fmt::format(".SH {}\n{}\n.PP\n{}{}", plain(full_name(*each)), plain(each->get_description()),
                        synopsis(*each), option_list(*each));
  }
  return page + ".SH \"COMMON OPTIONS\"\n" + option_list(app) +
         ".SH \"SEE ALSO\"\n.BR heaters (1), /usr/share/doc/heaters\n";
}

constexpr const char* page_end = R"(.SH ENVIRONMENT
.TP
.B HEATERS_HOME
the folder of the database, the store and the workspace
.TP
.B DATABASE_URL
a PostgreSQL database for catalog and jobs
.TP
.B HEATERS_STORE
s3://bucket/prefix, or a folder, for objects
.TP
.B HEATERS_TOKEN
whoever has it is an admin of \fBheaters serve\fR
.TP
.B HEATERS_LOG_FORMAT
text or json
.PP
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL
are read as AWS's own programs do.
.SH FILES
.TP
.I ./heaters.toml
settings, or those of \-\-config; /usr/share/doc/heaters/configuration.md lists them
.TP
.I /etc/heaters/heaters.toml, /etc/heaters/environment
those of the services heaters and heaters\-worker
.TP
.I /var/lib/heaters
their home
.SH "EXIT STATUS"
0 done; 1 what was asked for does not exist or is in conflict; 2 bad input; 70 a bug; 75 try again later; 130
interrupted
)";

std::string words(const std::vector<std::string>& all) {
  std::string list;
  for (const std::string& word : all) list += (list.empty() ? "" : " ") + word;
  return list;
}

void add_cases(const CLI::App& command, const std::string& path, const std::vector<std::string>& inherited,
               std::string& commands, std::string& options) {
  std::vector<std::string> names;
  for (const CLI::App* each : commands_of(command)) names.push_back(each->get_name());
  std::vector<std::string> own = inherited;
  for (const CLI::Option* option : options_of(command)) {
    for (const std::string& name : option->get_lnames()) {
      if (std::find(own.begin(), own.end(), "--" + name) == own.end()) own.push_back("--" + name);
    }
  }
  if (!names.empty()) commands += fmt::format("    \"{}\") words=\"{}\" ;;\n", path, words(names));
  options += fmt::format("    \"{}\") words=\"{}\" ;;\n", path, words(own));
  for (const CLI::App* each : commands_of(command))
    add_cases(*each, path + " " + each->get_name(), own, commands, options);
}

void add_values(const CLI::App& command, std::vector<std::string>& with_value) {
  for (const CLI::Option* option : options_of(command)) {
    if (!takes_value(*option)) continue;
    for (const std::string& name : option->get_lnames()) with_value.push_back("--" + name);
  }
  for (const CLI::App* each : commands_of(command)) add_values(*each, with_value);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> manual_pages(const CLI::App& app,
                                                              const std::string& version) {
  std::string main = head("heaters", version, "videos into reviewed, searchable, frame-accurate clips") +
                     ".SH SYNOPSIS\n" + synopsis(app) + ".SH COMMANDS\n";
  std::vector<std::pair<std::string, std::string>> pages;
  for (const CLI::App* command : commands_of(app)) {
    main += fmt::format(".TP\n.BR heaters\\-{} (1)\n{}\n", plain(command->get_name()),
                        plain(command->get_description()));
    pages.emplace_back("heaters-" + command->get_name() + ".1", page_of_command(app, *command, version));
  }
  pages.emplace_back("heaters.1", main + ".SH OPTIONS\n" + option_list(app) + page_end);
  return pages;
}

std::string bash_completion(const CLI::App& app) {
  std::string commands;
  std::string options;
  add_cases(app, app.get_name(), {}, commands, options);
  std::vector<std::string> with_value;
  add_values(app, with_value);
  return "# bash completion for heaters, made by `heaters completion bash`.\n"
         "_heaters() {\n"
         "  local word=\"${COMP_WORDS[COMP_CWORD]}\" path=heaters words=\"\" is_value=0 i\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
         "    if ((is_value)); then is_value=0; continue; fi\n"
         "    case \" " +
         words(with_value) +
         " \" in *\" ${COMP_WORDS[i]} \"*) is_value=1; continue ;; esac\n"
         "    _heaters_commands \"$path\"\n"
         "    case \" $words \" in *\" ${COMP_WORDS[i]} \"*) path=\"$path ${COMP_WORDS[i]}\" ;; esac\n"
         "  done\n"
         "  if ((is_value)); then COMPREPLY=($(compgen -f -- \"$word\")); return; fi\n"
         "  if [[ $word == -* ]]; then _heaters_options \"$path\"; else _heaters_commands \"$path\"; fi\n"
         "  if [[ -n $words ]]; then COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  else COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
         "}\n"
         "_heaters_commands() {\n  words=\"\"\n  case \"$1\" in\n" +
         commands + "  esac\n}\n_heaters_options() {\n  words=\"\"\n  case \"$1\" in\n" + options +
         "  esac\n}\ncomplete -o filenames -F _heaters heaters\n";
}

}  // namespace heaters::app
