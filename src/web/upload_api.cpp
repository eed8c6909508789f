#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "stages/submit.h"
#include "web/api.h"
#include "web/arguments.h"

namespace heaters::web {

namespace {

Json upload_json(const Upload& upload) {
  Json json;
  json["upload_id"] = upload.id;
  json["name"] = upload.name;
  json["bytes"] = upload.bytes;
  json["offset"] = upload.offset;
  json["video_id"] = upload.video_id ? Json(upload.video_id->text()) : Json(nullptr);
  return json;
}

// Only who began an upload, or an admin, may go on with it.
Upload find_upload(const ApiServices& services, const Request& request) {
  const std::string& id = request.parameter("upload_id");
  auto upload = services.uploads.find(id);
  const bool is_visible =
      upload && (upload->owner == request.principal->name || request.principal->role == Role::Admin);
  if (!is_visible)
    throw Error(ErrorKind::NotFound, fmt::format("find upload \"{}\": there is none with that id", id));
  return *std::move(upload);
}

Response with_offset(Response response, const Upload& upload) {
  response.set("Upload-Offset", fmt::format("{}", upload.offset));
  response.set("Upload-Length", fmt::format("{}", upload.bytes));
  if (upload.video_id) response.set("Heaters-Video-Id", upload.video_id->text());
  return response;
}

// Appends what comes, and submits the file once it is whole: answered only when its bytes are in the store.
class UploadSink : public BodySink {
 public:
  UploadSink(ApiServices& services, Uploads::Writer writer, db::Database& database)
      : services_(services), writer_(std::move(writer)), database_(database) {}

  void write(std::string_view piece) override { writer_.write(piece); }

  Response finish() override {
    writer_.sync();
    Upload upload = writer_.upload();
    if (upload.is_complete()) upload.video_id = submit(upload);
    return with_offset(empty_response(), upload);
  }

 private:
  catalog::VideoId submit(const Upload& upload) {
    const auto store = services_.open_store();
    try {
      const auto submitted =
          stages::submit_upload(database_, *store, services_.workspace, writer_.path(), upload.name,
                                services_.submit_options(database_), services_.stop);
      services_.uploads.submitted(writer_, submitted.video_id);
      return submitted.video_id;
    } catch (const Error& error) {
      // What is no video does not become one by another attempt.
      const bool is_final = error.kind() == ErrorKind::InvalidInput ||
                            error.kind() == ErrorKind::Unsupported || error.kind() == ErrorKind::Corrupt;
      if (is_final) services_.uploads.discard(writer_);
      throw;
    }
  }

  ApiServices& services_;
  Uploads::Writer writer_;
  db::Database& database_;
};

std::uint64_t offset_of(const Request& request) {
  const std::string text = request.header("upload-offset");
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos) {
    refuse_argument("Upload-Offset", "it must be a whole number");
  }
  return std::stoull(text);
}

Response create(const ApiServices& services, const Request& request) {
  const Json body = body_of(request);
  const auto bytes = integer_of(body, "bytes", 1, INT64_MAX);
  if (!bytes) refuse_argument("bytes", "it is missing");
  const Upload upload = services.uploads.create(text_of(body, "name"), static_cast<std::uint64_t>(*bytes),
                                                request.principal->name);
  Response response = json_response(upload_json(upload), 201);
  return response.set("Location", "/api/v1/uploads/" + upload.id);
}

Response list(const ApiServices& services, const Request& request) {
  Json json;
  json["uploads"] = Json::array();
  for (const Upload& upload : services.uploads.all()) {
    const bool is_own = upload.owner == request.principal->name;
    if (is_own || request.principal->role == Role::Admin) json["uploads"].push_back(upload_json(upload));
  }
  return json_response(json);
}

}  // namespace

std::vector<Route> upload_routes(ApiServices& services) {
  const std::string one = "/api/v1/uploads/{upload_id}";
  return {
      {.method = "POST",
       .path = "/api/v1/uploads",
       .operation = "createUpload",
       .needs = Needs::Admin,
       .handle = [&services](const Request& request, db::Database&) { return create(services, request); }},
      {.method = "GET",
       .path = "/api/v1/uploads",
       .operation = "listUploads",
       .needs = Needs::Admin,
       .handle = [&services](const Request& request, db::Database&) { return list(services, request); }},
      {.method = "GET",
       .path = one,
       .operation = "showUpload",
       .needs = Needs::Admin,
       .handle =
           [&services](const Request& request, db::Database&) {
             const Upload upload = find_upload(services, request);
             return with_offset(json_response(upload_json(upload)), upload);
           }},
      {.method = "PATCH",
       .path = one,
       .operation = "continueUpload",
       .needs = Needs::Admin,
       .receive = [&services](const Request& request, db::Database& database) -> std::unique_ptr<BodySink> {
         const Upload upload = find_upload(services, request);
         return std::make_unique<UploadSink>(services, services.uploads.open(upload.id, offset_of(request)),
                                             database);
       }},
      {.method = "DELETE",
       .path = one,
       .operation = "removeUpload",
       .needs = Needs::Admin,
       .handle =
           [&services](const Request& request, db::Database&) {
             services.uploads.remove(find_upload(services, request).id);
             return empty_response();
           }},
  };
}

}  // namespace heaters::web
