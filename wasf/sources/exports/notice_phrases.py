"""Whole notices that an iPhone writes under somebody's name, by where they stand: data.

`%@` stands for any name or words, `%s` for the sender of the line. Security codes and business
accounts are here in all languages of the app, other notices in a few. In a language that is missing
a notice becomes a message, which is a nuisance; a message that is lost would be worse.
"""

from wasf.sources.exports.phrases import phrases

CHAT_NOTICES = phrases("""
تغيّر رمز أمانك المُستخدَم مع %@. | يستخدم هذا النشاط التجاري خدمة محمية توفرها شركة Meta لإدارة
هذه الدردشة. انقر لمعرفة المزيد. | تجري هذه الدردشة مع حساب تجاري. | %@-এর সাথে আপনার নিরাপত্তা
কোড পরিবর্তিত হয়েছে। | এই চ্যাট ম্যানেজ করার জন্য এই বিজনেস Meta-এর নিরাপদ পরিষেবা ব্যবহার করে।
আরও জানতে ট্যাপ করুন। | এই চ্যাটটি বিজনেস অ্যাকাউন্টের সাথে হচ্ছে। | El teu codi de seguretat amb
%@ ha canviat. | Aquest negoci utilitza un servei segur de Meta per gestionar aquest xat. Toca per
obtenir més informació. | Aquest xat és amb un compte de negoci. | Bezpečnostní kód mezi vámi
a uživatelem %@ byl změněn. | Tato společnost ke správě tohoto chatu používá zabezpečené služby
společnosti Meta. Další informace zobrazíte klepnutím. | Toto je chat s účtem společnosti. | Din
sikkerhedskode for %@ har ændret sig. | Denne virksomhed bruger en sikker tjeneste fra Meta til at
administrere denne chat. Tryk for at læse mere. | Denne chat er med en virksomhedskonto. | Deine
Sicherheitsnummer für %@ hat sich geändert. | Dieses Unternehmen verwendet einen sicheren Service
von Meta, um diesen Chat zu verwalten. Tippe, um mehr zu erfahren. | Dieser Chat ist mit einem
Unternehmenskonto. | Ο κωδικός ασφαλείας σας με %@ άλλαξε. | Αυτή η επιχείρηση χρησιμοποιεί μια
ασφαλή υπηρεσία προερχόμενη από την εταιρεία Meta για τη διαχείριση αυτής της συνομιλίας. Πατήστε
για να μάθετε περισσότερα. | Αυτή η συνομιλία γίνεται με έναν επαγγελματικό λογαριασμό. | Your
security code with %@ changed. | This business uses a secure service from Meta to manage this
chat. Tap to learn more. | This chat is with a business account. | Cambió tu código de seguridad
con %@. | Esta empresa usa un servicio seguro de Meta para administrar este chat. Pulsa para
obtener más información. | Este chat es con una cuenta de empresa. | کد امنیتی شما با %@ تغییر
کرد. | این کسب‌وکار برای مدیریت این گفتگو از خدمات ایمن شرکت Meta استفاده می‌کند. برای کسب اطلاعات
بیشتر، اینجا ضربه بزنید. | این گفتگو با یک حساب تجاری است. | Turvanumerosi muuttui henkilön %@
kanssa. | Tämä yritys käyttää Metan suojauspalvelua tämän keskustelun hallinnoimiseen. Lue lisää
napauttamalla. | Keskustelet yritystiliä käyttävän yrityksen kanssa. | Votre code de sécurité avec
%@ a changé. | Cette entreprise utilise un service sécurisé de la société Meta pour gérer cette
discussion. Appuyez pour en savoir plus. | Cette discussion est entre vous et un compte
professionnel. | Athraíodh an cód slándála atá agat le %@. | Úsáideann an gnóthas seo seirbhís
shlán ó Meta leis an gcomhrá seo a bhainistiú. Tapáil le tuilleadh faisnéise a fháil. | Is le
cuntas gnó an comhrá seo. | %@ સાથેનો તમારો સુરક્ષા કોડ બદલાઈ ગયો. | આ બિઝનેસ Metaની સુરક્ષિત
સેવાનો ઉપયોગ કરીને આ ચેટનું સંચાલન કરે છે. વધુ જાણવા માટે અહીં દબાવો. | આ ચેટ બિઝનેસ એકાઉન્ટ સાથે
છે. | קוד האבטחה עם %@ שונה. | העסק הזה משתמש בשירות מאובטח של חברת Meta לניהול הצ'אט הזה. יש
להקיש למידע נוסף. | צ'אט זה מתנהל עם חשבון עסקי. | %@ के लिए आपका सुरक्षा कोड बदल गया है. | यह
बिज़नेस, इस चैट को मैनेज करने के लिए Meta की सुरक्षित सर्विस का इस्तेमाल करता है. ज़्यादा जानने के
लिए टैप करें. | यह चैट बिज़नेस अकाउंट के साथ हो रही है. | Vaš sigurnosni kôd za kontakt %@
promijenio se. | Ova tvrtka upotrebljava sigurnu uslugu tvrtke Meta za upravljanje razgovorom.
Dodirnite da biste saznali više. | Ovo je razgovor s poslovnim računom. | %@ biztonsági kódja
megváltozott. | Ez a vállalkozás a Meta egy biztonságos szolgáltatását használja a csevegés
kezelésére. További információkért koppints ide. | Ez a csevegés egy üzleti fiókkal zajlik. | Kode
keamanan Anda dengan %@ telah berubah. | Bisnis ini menggunakan layanan aman dari perusahaan Meta
untuk mengelola chat ini. Ketuk untuk info selengkapnya. | Chat ini dengan akun bisnis. | Il tuo
codice di sicurezza con %@ è cambiato. | Questa azienda usa un servizio sicuro di Meta per gestire
questa chat. Tocca per saperne di più. | Questa è una chat con un account business. |
%@とのセキュリティコードが変更されました。 |
この事業者は、Metaの安全なサービスを使用してこのチャットを管理しています。タップして詳細を表示。 |
ビジネスアカウントとのチャットです。 | %@님과의 보안 코드가 변경되었습니다. | 이 비즈니스는 Meta의
안전한 서비스를 이용하여 대화를 관리합니다. 더 알아보려면 탭하세요. | 이 대화는 비즈니스 계정과의
대화입니다. | तुमचा %@ संबंधित सुरक्षा कोड बदलला आहे. | हे चॅट व्यवस्थापित करण्यासाठी हा बिझनेस
Meta कडील सुरक्षित सर्व्हिस वापरतो. अधिक जाणून घेण्यासाठी टॅप करा. | हे चॅट बिझनेस खात्यासह होत
आहे. | Kod keselamatan anda dengan %@ telah berubah. | Perniagaan ini menggunakan perkhidmatan
yang selamat daripada Meta untuk mengendalikan sembang ini. Ketik untuk mengetahui lebih lanjut. |
Sembang ini adalah dengan akaun perniagaan. | Sikkerhetskoden med %@ ble endret. | Denne
virksomheten bruker en sikker tjeneste fra Meta til å administrere denne samtalen. Trykk for å
finne ut mer. | Denne samtalen er med en virksomhetskonto. | Uw beveiligingscode voor %@ is
gewijzigd. | Dit bedrijf gebruikt een veilige dienst van Meta om deze chat te beheren. Tik voor
meer informatie. | Deze chat is met een bedrijfsaccount. | Twój kod zabezpieczeń z użytkownikiem
%@ zmienił się. | Ta firma korzysta z bezpiecznej usługi firmy Meta do zarządzania tym czatem.
Stuknij, aby dowiedzieć się więcej. | Czatujesz z kontem firmy. | Seu código de segurança com %@
mudou. | Esta empresa usa um serviço seguro da empresa Meta para gerenciar esta conversa. Toque
para saber mais. | Você está conversando com uma conta comercial. | O seu código de segurança
partilhado com %@ mudou. | Esta empresa usa um serviço seguro da Meta para gerir esta conversa.
Toque para saber mais. | Está a conversar com uma conta empresarial. | Codul dvs. de securitate cu
%@ s-a schimbat. | Această întreprindere folosește un serviciu securizat al companiei Meta pentru
a gestiona această conversație. Atingeți pentru a afla mai multe. | Această conversație este cu un
cont de întreprindere. | Ваш код безопасности с контактом %@ изменился. | Для управления этим
чатом данная компания использует защищённый сервис Meta. Подробнее. | Данная переписка ведётся с
бизнес-аккаунтом. | Bezpečnostný kód, ktorý zdieľate s používateľom %@, bol zmenený. | Táto
spoločnosť využíva na správu tohto chatu zabezpečenú službu od spoločnosti Meta. Klepnutím
zobrazíte viac informácií. | Toto je chat s účtom spoločnosti. | För att kontrollera en kontakts
säkerhetskod öppnar du sidan för deras Kontaktinfo och trycker “%@”. | Det här företaget använder
en säker tjänst från Meta för att hantera den här chatten. Tryck för att läsa mer. | Chatt med ett
företagskonto. | รหัสความปลอดภัยของคุณกับ %@ มีการเปลี่ยนแปลง | ธุรกิจนี้ใช้บริการที่ปลอดภัยจาก
Meta เพื่อจัดการแชทนี้ แตะเพื่อเรียนรู้เพิ่มเติม | แชทนี้เป็นการติดต่อกับบัญชีธุรกิจ | %@ ile
aranızdaki güvenlik kodu değişti. | Bu işletme bu sohbeti yönetmek için Meta'nın sunduğu güvenli
bir hizmeti kullanıyor. Daha fazla bilgi edinmek için dokunun. | Bu sohbet bir işletme hesabıyla
yapılıyor. | Код безпеки з контактом %@ змінився. | Цей бізнес використовує надійні послуги
компанії Meta, щоб керувати цією бесідою. Торкніться, щоб дізнатися більше. | Це бесіда з
обліковим записом бізнесу. | %@ کے ساتھ آپ کا سیکیورٹی کوڈ تبدیل ہوگیا ہے۔ | یہ کاروبار اس چیٹ کا
نظم کرنے کے لیے Meta کی محفوظ سروس کا استعمال کرتا ہے۔ مزید معلومات کے لیے ٹیپ کریں۔ | یہ چیٹ ایک
کاروباری اکاؤنٹ کے ساتھ ہے۔ | Mã bảo mật của bạn với %@ đã thay đổi. | Doanh nghiệp này sử dụng
dịch vụ bảo mật của Meta để quản lý đoạn chat này. Hãy nhấn để tìm hiểu thêm. | Bạn đang trò
chuyện với một tài khoản doanh nghiệp. | 您與%@之間的安全代碼已變更。 | 此商家使用 Meta
提供的安全服務管理此對話。點按以瞭解詳情。 | 此對話的對象是商業帳戶。 | 您和 %@ 的安全代码已更改。
| 该商家使用 Meta 提供的安全服务来管理此对话。点击了解更多。 | 正在与商业帐号进行对话。 | 您與 %@
的安全碼已變更。 | 此商家使用 Meta 公司提供的安全服務管理此對話。點擊以了解更多。 |
這個對話是與商業帳號進行。 | Your security code with %@ changed. Tap to learn more | Deine
Sicherheitsnummer für %@ hat sich geändert. Tippe, um mehr zu erfahren | This business is now
using a secure service from Meta to manage this chat. Tap to learn more | This business works with
other companies to manage this chat. Tap to learn more | This chat is with the official business
account of %@. Tap to learn more | This business account has now registered as a standard account.
Tap to learn more | %@ changed their phone number to a new number | %@ changed their phone number
to a new number. Tap to message or add the new number | %@ hat die Telefonnummer zu einer neuen
Nummer geändert. Tippe, um eine Nachricht zu schreiben | %@ cambió su número de teléfono a uno
nuevo. Toca para enviar un mensaje o añadir el nuevo número | You updated the message timer. New
messages will disappear from this chat %@ after they're sent%@ | %@ updated the message timer. New
messages will disappear from this chat %@ after they're sent%@ | You turned on disappearing
messages. New messages will disappear from this chat %@ | %@ turned on disappearing messages. New
messages will disappear from this chat %@ | You turned off disappearing messages. Tap to change |
You turned off disappearing messages | %@ turned off disappearing messages. Tap to change | You
turned on advanced chat privacy%@ | You turned off advanced chat privacy%@ | %@ turned on advanced
chat privacy. Tap to learn more | %@ turned off advanced chat privacy. Tap to learn more | You
blocked this contact | You blocked this contact. Tap to unblock | You unblocked this contact | You
blocked this business | You blocked this business. Tap to unblock | You unblocked this business |
Du hast diesen Kontakt blockiert | Du hast diesen Kontakt blockiert. Zum Freigeben tippen | Du
hast diesen Kontakt freigegeben | Bloqueaste este contacto | Bloqueaste a este contacto |
Desbloqueaste este contacto | Desbloqueaste a este contacto | Vous avez bloqué ce contact | Vous
avez débloqué ce contact | Você bloqueou este contato | Você desbloqueou este contato | Bloqueou
este contacto | Desbloqueou este contacto | Hai bloccato questo contatto | Hai sbloccato questo
contatto | Je hebt dit contact geblokkeerd | U hebt dit contact geblokkeerd | Вы заблокировали
этот контакт | Вы разблокировали этот контакт | Bu kişiyi engellediniz | You changed the chat
theme | You pinned a message
""")
"""About a chat or the other party, whoever is named."""

SENDER_NOTICES = phrases("""
%s changed their phone number | %s is a contact | %s changed to %@
| %s changed the chat theme | %s pinned a message
""")
"""In any chat, about the sender of the line."""

GROUP_NOTICES = phrases("""
%s created group "%@" | %s created this group | %s created the group | %s added you | %s added %@
| %s removed you | %s removed %@ | %s left | %s left the group | %s was added | %s was removed |
%s joined using this group's invite link | %s joined using a group link | %s joined using your
invite | %s joined from the community | %s changed the subject to "%@" | %s changed the subject
from "%@" to "%@" | %s changed the group name to "%@" | %s changed the group name from "%@" to
"%@" | %s changed this group's icon | %s deleted this group's icon | %s changed the group
description | %s deleted the group description | %s changed this group's settings to allow %@ | %s
is now an admin | %s is no longer an admin | %s hat die Gruppe "%@" erstellt | %s hat die Gruppe
erstellt | %s hat dich hinzugefügt | %s hat %@ hinzugefügt | %s wurde hinzugefügt | %s hat dich
entfernt | %s hat %@ entfernt | %s hat die Gruppe verlassen | %s hat das Gruppenbild geändert | %s
hat den Betreff von "%@" zu "%@" geändert | %s hat die Gruppenbeschreibung geändert | %s ist der
Gruppe mithilfe des Einladungslinks beigetreten | %s hat zu %@ gewechselt | %s creó el grupo "%@"
| %s creó este grupo | %s te añadió | %s te agregó | %s añadió a %@ | %s agregó a %@ | %s eliminó
a %@ | %s salió del grupo | %s cambió el ícono de este grupo | %s cambió el asunto de "%@" a "%@"
| %s se unió usando el enlace de invitación de este grupo | %s a créé le groupe "%@" | %s a créé
ce groupe | %s vous a ajouté | %s a ajouté %@ | %s a retiré %@ | %s est parti | %s a quitté le
groupe | %s criou o grupo "%@" | %s criou este grupo | %s adicionou você | %s adicionou %@ | %s
removeu %@ | %s saiu | %s saiu do grupo | %s entrou usando o link de convite deste grupo | %s ha
creato il gruppo "%@" | %s ha creato questo gruppo | %s ti ha aggiunto | %s ha aggiunto %@ | %s ha
rimosso %@ | %s ha abbandonato | %s ha abbandonato il gruppo | %s heeft de groep "%@" gemaakt | %s
heeft deze groep gemaakt | %s heeft je toegevoegd | %s heeft %@ toegevoegd | %s heeft %@
verwijderd | %s heeft de groep verlaten | You created group "%@" | You created this group | You
created the group | You added %@ | You removed %@ | You left | You left the group | You were added
| You were removed | You joined using this group's invite link | You joined using a group link |
You joined from the community | You changed the subject to "%@" | You changed the subject from
"%@" to "%@" | You changed the group name to "%@" | You changed the group name from "%@" to "%@" |
You changed this group's icon | You deleted this group's icon | You changed the group description
| You changed this group's settings to allow %@ | You're now an admin | You're no longer an admin
| Du hast die Gruppe "%@" erstellt | Du hast die Gruppe erstellt | Du hast %@ hinzugefügt | Du
wurdest hinzugefügt | Du wurdest entfernt | Du hast %@ entfernt | Du hast die Gruppe verlassen |
Du bist jetzt ein Admin | Du bist jetzt Admin | Creaste el grupo "%@" | Creaste este grupo |
Añadiste a %@ | Agregaste a %@ | Eliminaste a %@ | Saliste del grupo | Te añadieron | Vous avez
créé le groupe "%@" | Vous avez créé ce groupe | Vous avez ajouté %@ | Vous avez été ajouté | Vous
avez quitté le groupe | Você criou o grupo "%@" | Você criou este grupo | Você adicionou %@ | Você
foi adicionado | Você saiu | Você saiu do grupo | Hai creato il gruppo "%@" | Hai creato questo
gruppo | Hai aggiunto %@ | Hai abbandonato il gruppo | Je hebt de groep "%@" gemaakt | Je hebt
deze groep gemaakt | Je hebt %@ toegevoegd | Je bent toegevoegd | Je hebt de groep verlaten |
%s создал(-а) группу "%@" | %s создал группу "%@" | %s добавил(-а) %@ | %s добавил(-а) вас |
%s удалил(-а) %@ | %s покинул(-а) группу | %s вышел(-шла) | %s вышел |
%s присоединился(-лась) к группе по %@ | Вы создали группу "%@" | Вы добавили %@ |
Вы присоединились к группе по %@ | %s створив(-ла) групу "%@" | %s додав(-ла) %@ |
%s вилучив(-ла) %@ | %s залишив(-ла) групу | %s вийшов(-шла) |
%s приєднався(-лась) до групи за %@ | Ви створили групу "%@" | Ви додали %@ |
%s utworzył(a) grupę "%@" | %s dodał(a) %@ | %s usunął(-ęła) %@ | %s opuścił(a) grupę |
%s dołączył(a) %@ | Utworzyłeś(-aś) grupę "%@" | Dodałeś(-aś) %@ | Dodano Cię |
Uživatel %@ vytvořil skupinu "%@" | Uživatel %@ přidal uživatele %@ | %s vytvořil(a) skupinu "%@" |
%s přidal(a) %@ | %s odebral(a) %@ | %s opustil(a) skupinu | %s se připojil(a) %@ |
Vytvořili jste skupinu "%@" | Přidali jste %@ | %s vytvoril(a) skupinu "%@" | %s pridal(a) %@ |
%s opustil(a) skupinu | %s létrehozta a(z) "%@" csoportot | %s létrehozta a csoportot |
%s hozzáadta őt: %@ | %s hozzáadta %@ | %s eltávolította %@ | %s kilépett |
%s csatlakozott %@ |
Létrehoztad a(z) "%@" csoportot | Hozzáadtad őt: %@ | %s a creat grupul "%@" | %s a adăugat pe %@ |
%s l-a adăugat pe %@ | %s a adăugat %@ | %s a eliminat %@ | %s a ieșit | %s a părăsit grupul |
%s s-a alăturat %@ | Ați creat grupul "%@" | L-ați adăugat pe %@ | %s "%@" grubunu oluşturdu |
%s bu grubu oluşturdu | %s sizi ekledi | %s %@ kişisini ekledi | %s %@ ekledi | %s %@ çıkardı |
%s ayrıldı | %s gruptan ayrıldı | %s bu grubun davet %@ katıldı | "%@" grubunu oluşturdunuz |
%@ kişisini eklediniz | %s skapade gruppen "%@" | %s lade till %@ | %s tog bort %@ |
%s lämnade gruppen | %s lämnade | %s gick med %@ | Du skapade gruppen "%@" | Du lade till %@ |
%s oprettede gruppen "%@" | %s tilføjede %@ | %s fjernede %@ | %s forlod gruppen |
%s deltager nu %@ | Du oprettede gruppen "%@" | Du tilføjede %@ | %s opprettet gruppen "%@" |
%s la til %@ | %s fjernet %@ | %s forlot gruppen | %s forlot | %s ble med %@ |
Du opprettet gruppen "%@" | Du la til %@ | %s loi ryhmän "%@" | %s lisäsi käyttäjän %@ |
%s lisäsi %@ | %s poisti käyttäjän %@ | %s poistui ryhmästä | %s poistui | %s liittyi %@ |
Loit ryhmän "%@" | Lisäsit käyttäjän %@ | Ο χρήστης %@ δημιούργησε την ομάδα "%@" |
%s δημιούργησε την ομάδα "%@" | %s πρόσθεσε %@ | %s αφαίρεσε %@ | %s αποχώρησε |
%s έγινε μέλος %@ | Δημιουργήσατε την ομάδα "%@" | Προσθέσατε %@ | أنشأ %@ المجموعة "%@" |
أنشأ %@ مجموعة "%@" | أضاف %@ %@ | أضافك %@ | أزال %@ %@ | غادر %@ | انضم %@ باستخدام %@ |
%s أنشأ المجموعة "%@" | %s أضاف %@ | %s غادر | %s غادر المجموعة | لقد أنشأت المجموعة "%@" |
%s יצר/ה את הקבוצה "%@" | %s יצר/ה קבוצה "%@" | %s הוסיף/ה את %@ | %s הסיר/ה את %@ | %s עזב/ה |
%s יצא/ה | %s הצטרף/ה %@ | יצרת את הקבוצה "%@" | הוספת את %@ | %s گروه "%@" را ایجاد کرد |
%s %@ را اضافه کرد | %s %@ را حذف کرد | %s گروه را ترک کرد | %s خارج شد | %s ने ग्रुप "%@" बनाया |
%s ने "%@" ग्रुप बनाया | %s ने %@ को जोड़ा | %s ने %@ को हटाया | %s ने ग्रुप छोड़ा |
%s ने ग्रुप छोड़ दिया | %s इस ग्रुप के %@ | आपने ग्रुप "%@" बनाया | आपने %@ को जोड़ा |
%s membuat grup "%@" | %s menambahkan %@ | %s mengeluarkan %@ | %s keluar |
%s bergabung menggunakan %@ | Anda membuat grup "%@" | Anda menambahkan %@ |
%s mencipta kumpulan "%@" | %s menambah %@ | %s menyertai %@ | %s đã tạo nhóm "%@" |
%s đã thêm %@ | %s đã xóa %@ | %s đã rời nhóm | %s đã rời đi | %s đã tham gia %@ |
Bạn đã tạo nhóm "%@" | Bạn đã thêm %@ | %s สร้างกลุ่ม "%@" | %s ได้สร้างกลุ่ม "%@" | %s เพิ่ม %@ |
%s ได้เพิ่ม %@ | %s ออกจากกลุ่ม | %s ออกจากกลุ่มแล้ว | %s เข้าร่วมโดยใช้ %@ | คุณสร้างกลุ่ม "%@" |
คุณเพิ่ม %@ | %sがグループ「%@」を作成しました | %sさんがグループ「%@」を作成しました |
%sが%@を追加しました | %sさんが%@さんを追加しました | %sが%@を削除しました | %sが退出しました |
%sさんが退出しました | %sがこのグループの招待リンク%@ | グループ「%@」を作成しました |
%@を追加しました | %s님이 "%@" 그룹을 만들었습니다 | %s님이 그룹 "%@"을(를) 만들었습니다 |
%s님이 %@님을 추가했습니다 | %s님이 %@님을 내보냈습니다 | %s님이 나갔습니다 |
%s님이 그룹을 나갔습니다 | %s님이 초대 링크%@ | 회원님이 %@님을 추가했습니다 | %s创建了群组"%@" |
%s创建了此群组 | %s添加了%@ | %s移除了%@ | %s退出了群组 | %s退出了 | %s通过%@加入 |
您创建了群组"%@" | 您添加了%@ | %s 建立了群組「%@」 | %s 已建立群組「%@」 | %s 已新增 %@ |
%s 已加入 %@ | %s 已移除 %@ | %s 離開了群組 | %s 離開了 | %s 已透過%@加入 | 您已建立群組「%@」 |
您已新增 %@ | %s je stvorio/la grupu "%@" | %s je dodao/la %@ | %s je izašao/la |
%s je napustio/la grupu | %s ha creat el grup "%@" | %s ha afegit %@ | %s ha abandonat el grup |
%s създаде група "%@" | %s добави %@ | %s напусна | %s напусна групата
""")
"""In groups. In a chat of two, a person may have written such words."""

WORDS_FOR_GROUP = phrases("""
this group | the group | community | gruppe | grupo | groupe | gruppo | groep | grup | grub |
qrup |
guruh | skupin | csoport | ryhmä | rühm | ομάδ | груп | مجموعة | المجموعة | קבוצה | گروه |
گروپ |
ग्रुप | समूह | গ্রুপ | ગ્રુપ | ਗਰੁੱਪ | குழு | సమూహ | గ్రూప్ | ಗುಂಪು | ഗ്രൂപ്പ് | กลุ่ม | nhóm |
グループ |
그룹 | 群 | kumpulan | kikundi | ກຸ່ມ | ក្រុម
""")
"""The word for a group, or how it begins, in the languages of the app."""
